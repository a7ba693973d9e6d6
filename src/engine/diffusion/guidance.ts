/** Classifier-free guidance: Ho & Salimans 2022; algorithms B.3 and B.4 of the assignment. */
import type { Executor, Tensors } from '../executors/executor.ts';
import type { Program } from '../graph/graph.ts';
import { guidedProgram, inferenceProgram } from '../model/programs.ts';
import { foldBatchNorm } from '../model/state.ts';
import { CLASSES, PIXELS, type UnetSpec } from '../model/unet.ts';
import type { Model } from './samplers/sampler.ts';

/** c [n, 10], one-hot; all zeros where the class is not kept. */
export function oneHot(labels: readonly number[], keep: (image: number) => boolean = () => true): Float32Array {
  const c = new Float32Array(labels.length * CLASSES);
  labels.forEach((label, i) => {
    if (keep(i)) c[i * CLASSES + label] = 1;
  });
  return c;
}

/** Images that are computed in one call: the assignment's grid. More gain no speed, and a call is the shortest wait. */
const MOST_IMAGES = 40;

export interface GuidedModel {
  model: Model;
  /** Sets another γ from the next call on; neither it nor the one that was opened with may be 0 or 1, which take another program. */
  guide: (guidance: number) => void;
  dispose: () => Promise<void>;
}
/** Whether γ takes both answers of the network. */
export const isMixed = (guidance: number): boolean => guidance !== 0 && guidance !== 1;

/**
 * Opens a trained network as samplers take it, for `count` images with their `labels`:
 * ε = ε_u + γ (ε_c − ε_u), both answers in one call. γ = 1 is the conditional network alone and γ = 0 the unconditional one,
 * at half the cost, and a network that knows no class is asked as it is. `pause` is awaited before every call of the device.
 * Throws an EngineError `checkpoint` when the state is another model's.
 */
export async function openGuidedModel(
  executor: Executor,
  spec: UnetSpec,
  state: Tensors,
  { count, labels, guidance }: { count: number; labels: readonly number[] | null; guidance: number },
  pause: () => Promise<void> | void = () => undefined,
): Promise<GuidedModel> {
  const batch = Math.min(count, MOST_IMAGES);
  const isGuided = spec.conditioning === 'class' && isMixed(guidance);
  let scale = guidance;
  const classes = spec.conditioning === 'class' ? oneHot(labels ?? [], () => guidance !== 0) : undefined;
  if (classes !== undefined && classes.length !== count * CLASSES)
    throw new RangeError(`${count} images of a class-conditioned network need ${count} labels, not ${labels?.length ?? 0}`);
  const program: Program = isGuided ? guidedProgram(spec, batch) : inferenceProgram(spec, batch);
  const session = await executor.compile({ network: program });
  await session.load(foldBatchNorm(spec, state));

  /** Rows start … start + batch; the last batch is filled up with zeros, since images don't influence each other. */
  const rows = (all: Float32Array, width: number, start: number): Float32Array => {
    const part = new Float32Array(batch * width);
    part.set(all.subarray(start * width, (start + batch) * width));
    return part;
  };
  return {
    async model(x, t) {
      const predicted = new Float32Array(x.length);
      for (let start = 0; start < count; start += batch) {
        await pause();
        const { output } = await session.run('network', {
          x: rows(x, PIXELS, start),
          ...(spec.conditioning === 'none' ? {} : { t: new Float32Array(isGuided ? 1 : batch).fill(t) }),
          ...(classes === undefined ? {} : { c: rows(classes, CLASSES, start) }),
          ...(isGuided ? { scale: Float32Array.of(scale) } : {}),
        });
        predicted.set(output!.subarray(0, Math.min(batch, count - start) * PIXELS), start * PIXELS);
      }
      return predicted;
    },
    guide(next) {
      if (isGuided !== isMixed(next)) throw new RangeError(`γ ${next} is computed by another program than γ ${guidance}`);
      scale = next;
    },
    dispose: () => session.dispose(),
  };
}
