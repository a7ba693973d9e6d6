import { describe, expect, it } from 'vitest';
import type { Executor } from '../executors/executor.ts';
import { openExecutor } from '../executors/registry.ts';
import { selfCheck } from './self-check.ts';

describe('the self-check of a device', () => {
  it.each(['onnx-cpu', 'reference'])('passes on %s', async (name) => {
    const { check, error, tolerance } = await selfCheck(await openExecutor(name, { threads: 1 }));
    expect(error, check).toBeLessThanOrEqual(tolerance);
  });

  it('names what is wrong on a device that computes something else', async () => {
    const right = await openExecutor('reference', { threads: 1 });
    const wrong: Executor = {
      ...right,
      async compile(programs) {
        const session = await right.compile(programs);
        return {
          ...session,
          load: (states) => session.load(states),
          read: (names) => session.read(names),
          dispose: () => session.dispose(),
          async run(program, inputs) {
            const outputs = await session.run(program, inputs);
            // one number of one gradient, by a thousandth of the largest
            const gradient = outputs['gradient.out_conv.weight']!;
            gradient[0]! += 1e-3 * Math.max(...gradient.map(Math.abs));
            return outputs;
          },
        };
      },
    };
    const { check, error, tolerance } = await selfCheck(wrong);
    expect(check).toBe('gradient.out_conv.weight');
    expect(error / tolerance).toBeGreaterThan(10);
  });
});
