/** A trained network, ready to be asked. */
import type { Executor, Tensors } from '../executors/executor.ts';
import { inferenceProgram } from '../model/programs.ts';
import { foldBatchNorm } from '../model/state.ts';
import { CLASSES, PIXELS, type UnetSpec } from '../model/unet.ts';

export interface Predictor {
  /** Any number of images: x n × 784, by conditioning t [n] and c [n, 10] → n × 784. Calls must not overlap. */
  predict(x: Float32Array, t?: Float32Array, c?: Float32Array): Promise<Float32Array>;
  dispose(): Promise<void>;
}

/**
 * Opens a network in inference, its BatchNorms folded, from a state dict (ours or a foreign one).
 * It computes `batch` images at a time. Throws an EngineError `checkpoint` when the state is another model's.
 */
export async function openPredictor(executor: Executor, spec: UnetSpec, state: Tensors, batch: number): Promise<Predictor> {
  const session = await executor.compile({ predict: inferenceProgram(spec, batch) });
  await session.load(foldBatchNorm(spec, state));
  const widths = {
    x: PIXELS,
    ...(spec.conditioning === 'none' ? {} : { t: 1 }),
    ...(spec.conditioning === 'class' ? { c: CLASSES } : {}),
  };

  return {
    async predict(x, t, c) {
      const given: Partial<Tensors> = { x, t, c };
      const count = x.length / PIXELS;
      for (const [name, width] of Object.entries(widths))
        if (given[name]?.length !== count * width)
          throw new RangeError(`${name} of ${count} images needs ${count * width} numbers, not ${given[name]?.length ?? 0}`);
      const predicted = new Float32Array(x.length);
      for (let start = 0; start < count; start += batch) {
        const end = Math.min(start + batch, count);
        // the last chunk is filled up with zeros; images don't influence each other in inference
        const chunk = Object.entries(widths).map(([name, width]) => {
          const rows = new Float32Array(batch * width);
          rows.set(given[name]!.subarray(start * width, end * width));
          return [name, rows] as const;
        });
        const { output } = await session.run('predict', Object.fromEntries(chunk));
        predicted.set(output!.subarray(0, (end - start) * PIXELS), start * PIXELS);
      }
      return predicted;
    },
    dispose: () => session.dispose(),
  };
}
