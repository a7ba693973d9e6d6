/** One rule for each op that is computed; inputs and states are written by the program. */
import type { Node } from '../../../graph/graph.ts';
import type { OpName } from '../../../graph/ops.ts';
import { adam } from './adam.ts';
import { add, broadcastTo, div, gelu, geluGrad, mean, mul, sub, sum } from './arithmetic.ts';
import { conv, convFilterGrad, convInputGrad } from './convolution.ts';
import { ema } from './ema.ts';
import { concat, matmul, padZero, reshape, slice, transpose } from './layout.ts';
import { tensorAt, type Lowering, type Rule } from './lowering.ts';
import { batchNorm, batchNormGrad } from './normalisation.ts';
import { plain, type Tensor } from './tensor.ts';

type Computed = Exclude<OpName, 'input' | 'state'>;

const constant: Rule<'constant'> = (l, { attributes: { value, shape }, outputs: [y] }) => [
  tensorAt(l.writer.float(value, shape), y!, plain(shape.length), 'float32'),
];

const rules: { readonly [K in Computed]: Rule<K> } = {
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

/** Writes one computed node of the graph. */
export function lower(lowering: Lowering, node: Node, inputs: readonly Tensor[]): readonly Tensor[] {
  return (rules[node.op as Computed] as Rule<OpName>)(lowering, node, inputs);
}
