/** The convolution and its adjoints, on channel-blocked tensors where channels and geometry allow, else on plain ones. */
import { sizeOf, type Node, type Shape, type Value } from '../../../graph/graph.ts';
import type { Lowering, LoweringRow, OnnxTensor } from '../lowering.ts';
import { blockedConv, blockedInputGrad } from './blocked-convolution.ts';
import { blockedFilterGrad } from './filter-gradient.ts';
import { plainConv, plainFilterGrad, plainInputGrad } from './plain-convolution.ts';

/**
 * The bias that is added inside a convolution: its result's only use is `add` with a state that was reshaped to
 * [1, C, 1, 1], as inference programs are built.
 */
export function biasOf(on: Lowering, y: Value): { sum: Node; bias: OnnxTensor } | undefined {
  if (y.node.op !== 'conv' && y.node.op !== 'convInputGrad') return undefined;
  const users = on.usersOf(y);
  const sum = users[0];
  if (users.length !== 1 || sum?.op !== 'add' || on.leaves(y)) return undefined;
  const other = sum.inputs.find((v) => v !== y);
  const state = other?.node.op === 'reshape' ? other.node.inputs[0] : undefined;
  const perChannel = other?.shape.length === 4 && other.shape.every((n, i) => n === (i === 1 ? y.shape[1] : 1));
  if (state?.node.op !== 'state' || !perChannel) return undefined;
  return { sum, bias: on.tensorOf(state) };
}

/** Whether kernel and image are one size, so that the op is a product of matrices: [B, ci·k·k] and [co, ci·k·k]. */
const isMatrixProduct = (image: Shape, pixels: Shape, { pad }: { pad: number }, kernel: Shape): boolean =>
  pad === 0 && pixels[2] === 1 && pixels[3] === 1 && image[2] === kernel[2] && image[3] === kernel[3];

/** [n, …] → [n, the rest] */
const rows = (on: Lowering, x: OnnxTensor): OnnxTensor => on.reshape(x, [x.shape[0]!, sizeOf(x.shape.slice(1))]);

export const conv: LoweringRow<'conv'> = (on, { attributes, outputs }, inputs) => {
  const [x, w] = inputs as [OnnxTensor, OnnxTensor];
  const { shape } = outputs[0]!;
  const bias = biasOf(on, outputs[0]!)?.bias;
  if (isMatrixProduct(x.shape, shape, attributes, w.shape)) {
    const y = on.op('Gemm', [rows(on, x), rows(on, w), ...(bias ? [bias] : [])], [shape[0]!, shape[1]!], { transB: 1 });
    return [on.reshape(y, shape)];
  }
  const call = { source: x, w, bias, shape, geometry: attributes };
  return [blockedConv(on, call) ?? plainConv(on, call)];
};

export const convInputGrad: LoweringRow<'convInputGrad'> = (on, { attributes, outputs }, inputs) => {
  const [dy, w] = inputs as [OnnxTensor, OnnxTensor];
  const { shape } = outputs[0]!;
  const bias = biasOf(on, outputs[0]!)?.bias;
  if (isMatrixProduct(shape, dy.shape, attributes, w.shape) && bias === undefined) {
    const dx = on.op('Gemm', [rows(on, dy), rows(on, w)], [shape[0]!, sizeOf(shape.slice(1))]);
    return [on.reshape(dx, shape)];
  }
  const call = { source: dy, w, bias, shape, geometry: attributes };
  return [blockedInputGrad(on, call) ?? plainInputGrad(on, call)];
};

export const convFilterGrad: LoweringRow<'convFilterGrad'> = (on, { attributes, outputs }, inputs) => {
  const [x, dy] = inputs as [OnnxTensor, OnnxTensor];
  const { shape } = outputs[0]!;
  if (isMatrixProduct(x.shape, dy.shape, attributes, shape)) {
    const dw = on.op('Gemm', [rows(on, dy), rows(on, x)], [shape[0]!, sizeOf(shape.slice(1))], { transA: 1 });
    return [on.reshape(dw, shape)];
  }
  return [blockedFilterGrad(on, x, dy, shape, attributes) ?? plainFilterGrad(on, x, dy, shape, attributes)];
};
