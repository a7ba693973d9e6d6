/** Tensors as TensorFlow holds them: of which type, and with the axes in which order. */
import type { Shape } from '../../../graph/graph.ts';
import type { FloatType } from '../gelu.ts';

/** Physical axis i holds the graph's axis order[i]. */
export type Order = readonly number[];

/** Images: [B, C, H, W] of the graph is [B, H, W, C] here, which TensorFlow's CPU kernels want. */
export const NHWC: Order = [0, 2, 3, 1];
/** Filters: [co, ci, kh, kw] of the graph is [kh, kw, ci, co] here. */
export const HWIO: Order = [2, 3, 1, 0];
/** The graph's own order. */
export const plain = (rank: number): Order => Array.from({ length: rank }, (_, i) => i);

export interface Tensor {
  /** `node` or `node:output` */
  readonly edge: string;
  /** the graph's shape, axes in the graph's order */
  readonly shape: Shape;
  readonly order: Order;
  readonly type: FloatType;
}

/** Sizes in the order they have in memory. */
export const physical = (shape: Shape, order: Order): Shape => order.map((axis) => shape[axis]!);

/** Where in memory the graph's axis lies. */
export const physicalAxis = (order: Order, axis: number): number => order.indexOf(axis);

/** Whether two orders put the numbers of this shape in one sequence: axes of length 1 may stand anywhere. */
export function sameSequence(shape: Shape, a: Order, b: Order): boolean {
  const long = (order: Order) => order.filter((axis) => shape[axis] !== 1);
  const [m, n] = [long(a), long(b)];
  return m.every((axis, i) => axis === n[i]);
}
