/** The lowering table: how each op is written in ONNX. Leaves are the program's border and lowered with it (program.ts). */
import type { OpName } from '../../../graph/ops.ts';
import type { LoweringRow } from '../lowering.ts';
import { gelu, geluGrad } from './activation.ts';
import { conv, convFilterGrad, convInputGrad } from './convolution.ts';
import { add, div, mul, sub } from './elementwise.ts';
import { batchNorm, batchNormGrad } from './normalisation.ts';
import { adam, ema } from './optimizer.ts';
import { broadcastTo, concat, matmul, mean, padZero, reshape, slice, sum, transpose } from './shape.ts';

type LoweredOp = Exclude<OpName, 'input' | 'state' | 'constant'>;

export const loweringRows: { readonly [K in LoweredOp]: LoweringRow<K> } = {
  conv,
  convInputGrad,
  convFilterGrad,
  batchNorm,
  batchNormGrad,
  gelu,
  geluGrad,
  matmul,
  concat,
  slice,
  padZero,
  reshape,
  transpose,
  add,
  sub,
  mul,
  div,
  sum,
  mean,
  broadcastTo,
  adam,
  ema,
};
