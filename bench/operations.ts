import type { Program } from '#engine/graph/graph.ts';
import { sizeOf } from '#engine/graph/graph.ts';

/** Floating-point operations of a program's convolutions and matrix products: two for each multiplication with its addition. */
export function operationsOf(program: Program): number {
  let products = 0;
  for (const { op, inputs, outputs } of program.nodes) {
    const [a, b] = inputs.map((v) => v.shape);
    const y = outputs[0]!.shape;
    // [B, co, H', W'] pixels of the side that the kernel slides over, by ci · k · k
    if (op === 'conv') products += sizeOf(y) * sizeOf(b!.slice(1));
    else if (op === 'convInputGrad') products += sizeOf(a!) * sizeOf(b!.slice(1));
    else if (op === 'convFilterGrad') products += sizeOf(b!) * sizeOf(y.slice(1));
    else if (op === 'matmul') products += (sizeOf(y) * sizeOf(a!)) / y[0]!;
  }
  return 2 * products;
}
