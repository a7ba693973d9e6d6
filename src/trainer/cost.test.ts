import { describe, expect, it } from 'vitest';
import { sizeOf } from '#engine/graph/graph.ts';
import { inferenceProgram } from '#engine/model/programs.ts';
import { forwardCost } from './cost.ts';

/** Multiplications of all convolutions of the network as it is built. */
function counted(spec: { width: number; model: 'assigned' | 'improved' }): number {
  let count = 0;
  for (const { op, inputs, outputs } of inferenceProgram({ conditioning: 'none', ...spec }, 1).nodes) {
    const [x, weight] = inputs;
    // [co, ci, kh, kw]: every pixel of the output meets the whole kernel; of the transposed one, every pixel of the input does
    if (op === 'conv') count += sizeOf(outputs[0]!.shape) * sizeOf(weight!.shape.slice(1));
    if (op === 'convInputGrad') count += sizeOf(x!.shape) * sizeOf(weight!.shape.slice(1));
    if (op === 'matmul') count += sizeOf(x!.shape) * (sizeOf(weight!.shape) / x!.shape[1]!);
  }
  return count;
}

describe('forwardCost', () => {
  it.each(['assigned', 'improved'] as const)('counts the multiplications of the %s UNet', (model) => {
    for (const width of [1, 4, 64, 128]) expect(forwardCost({ width, model })).toBe(counted({ width, model }));
  });
});
