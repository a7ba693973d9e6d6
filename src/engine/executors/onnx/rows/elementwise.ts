/** Arithmetic element by element, with NumPy's broadcasting. */
import { sizeOf, type Node, type Shape } from '../../../graph/graph.ts';
import type { Lowering, LoweringRow, OnnxTensor } from '../lowering.ts';
import { biasOf } from './convolution.ts';

const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((n, i) => n === b[i]);

/** [B or 1, C, 1, 1] beside an image tensor of C channels */
const isPerChannel = (small: Shape, image: Shape): boolean =>
  small.length === 4 && small[1] === image[1] && small[2] === 1 && small[3] === 1 && (small[0] === 1 || small[0] === image[0]);

function binary(on: Lowering, opType: string, inputs: readonly OnnxTensor[], shape: Shape): OnnxTensor {
  const [a, b] = inputs as [OnnxTensor, OnnxTensor];
  if (sameShape(a.shape, b.shape)) return on.pointwise(opType, [a, b]);
  const [image, other] = sizeOf(a.shape) > sizeOf(b.shape) ? [a, b] : [b, a];
  if (image.layout === 'blocked' && other.shape.length === 0) return on.pointwise(opType, [a, b]);
  if (image.layout === 'blocked' && sameShape(image.shape, shape) && isPerChannel(other.shape, shape))
    return perChannel(on, opType, image, other, image === a);
  return on.op(opType, [a, b], shape);
}

/** A blocked image and a number for each channel, or for each channel of each image. */
function perChannel(on: Lowering, opType: string, image: OnnxTensor, other: OnnxTensor, imageFirst: boolean): OnnxTensor {
  const [batch, channels] = other.shape as [number, number];
  if (batch === 1 && opType === 'Add') return on.affine(image, on.filled(1, [channels]), on.view(other, [channels]));
  const numbers = on.view(other, [batch, channels / on.block, 1, on.block]);
  const blocks = on.blocks(image);
  const operands = imageFirst ? [blocks, numbers] : [numbers, blocks];
  return { ...on.view(on.op(opType, operands, blocks.shape), image.shape), layout: 'blocked' };
}

export const add: LoweringRow<'add'> = (on, node, inputs) => {
  // the convolution before it has already added this bias
  const fused = node.inputs.findIndex((v) => biasOf(on, v)?.sum === node);
  return [fused === -1 ? binary(on, 'Add', inputs, node.outputs[0]!.shape) : inputs[fused]!];
};
export const sub: LoweringRow<'sub'> = (on, node, inputs) => [binary(on, 'Sub', inputs, shapeOf(node))];
export const mul: LoweringRow<'mul'> = (on, node, inputs) => [binary(on, 'Mul', inputs, shapeOf(node))];
export const div: LoweringRow<'div'> = (on, node, inputs) => [binary(on, 'Div', inputs, shapeOf(node))];

const shapeOf = (node: Node): Shape => node.outputs[0]!.shape;
