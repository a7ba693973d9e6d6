import type { OpName } from '../ops.ts';
import { geluGrad, gelu } from './activation.ts';
import { adam } from './adam.ts';
import { add, div, mul, sub } from './arithmetic.ts';
import { conv, convFilterGrad, convInputGrad } from './convolution.ts';
import { ema } from './ema.ts';
import { broadcastTo, concat, padZero, reshape, slice, transpose } from './layout.ts';
import { constant, input, state } from './leaves.ts';
import { matmul } from './matmul.ts';
import { batchNorm, batchNormGrad } from './normalisation.ts';
import { mean, sum } from './reduction.ts';
import type { OpRow } from './row.ts';

/** One row for each op. */
export const opRows: { readonly [K in OpName]: OpRow<K> } = {
  input,
  state,
  constant,
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

/** The row of an op that is only known when it runs. */
export const rowOf = <K extends OpName>(op: K): OpRow<K> => opRows[op];
