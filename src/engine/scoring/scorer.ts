import type { Executor, Tensors } from '../executors/executor.ts';
import { assembleProgram, GraphBuilder } from '../graph/builder.ts';
import type { Program, Shape } from '../graph/graph.ts';
import { inferenceLayers, namesOf, weightShape } from '../model/layers.ts';
import { pick } from '../model/state.ts';
import { CLASSES, imageShape, PIXELS } from '../model/unet.ts';
import { FEATURES, scorerLayers, scorerNetwork } from './network.ts';

/** What the scorer sees in n images. */
interface Reading {
  /** n × FEATURES */
  features: Float32Array;
  /** n, the digit that each is read as */
  digits: Uint8Array;
  /** n × 10, the probability of each digit */
  probabilities: Float32Array;
}

export interface Scorer {
  /**
   * Reads any number of images, n × 784 as networks give them; what lies outside [0, 1] is seen as black or white. `pause` is
   * awaited before every batch of them. Calls must not overlap.
   */
  read(images: Float32Array, pause?: () => Promise<void> | void): Promise<Reading>;
  dispose(): Promise<void>;
}

/** Images at a time. */
const BATCH = 100;

/** Opens the scorer with its weights, for `batch` images at a time. Throws an EngineError `checkpoint` when they are another network's. */
export async function openScorer(executor: Executor, weights: Tensors, batch = BATCH): Promise<Scorer> {
  const states = pick(weights, scorerShapes(), "The scorer's file");
  const session = await executor.compile({ read: scorerProgram(batch) });
  await session.load(states);
  return {
    async read(images, pause) {
      const count = images.length / PIXELS;
      if (!Number.isInteger(count)) throw new RangeError(`${images.length} numbers are no whole images of ${PIXELS}`);
      const features = new Float32Array(count * FEATURES);
      const digits = new Uint8Array(count);
      const probabilities = new Float32Array(count * CLASSES);
      for (let start = 0; start < count; start += batch) {
        await pause?.();
        const n = Math.min(batch, count - start);
        // the last batch is filled up with black images
        const x = new Float32Array(batch * PIXELS);
        for (let i = 0; i < n * PIXELS; i++) x[i] = Math.min(1, Math.max(0, images[start * PIXELS + i]!));
        const seen = await session.run('read', { x });
        features.set(seen['features']!.subarray(0, n * FEATURES), start * FEATURES);
        for (let i = 0; i < n; i++) {
          const scores = seen['scores']!.subarray(i * CLASSES, (i + 1) * CLASSES);
          digits[start + i] = indexOfLargest(scores);
          probabilities.set(probabilitiesOf(scores), (start + i) * CLASSES);
        }
      }
      return { features, digits, probabilities };
    },
    dispose: () => session.dispose(),
  };
}

/** Names to shapes of the weights: BatchNorms are folded into them. */
export const scorerShapes = (): Map<string, Shape> =>
  new Map(
    scorerLayers().flatMap((layer): [string, Shape][] => {
      const { weight, bias } = namesOf(layer);
      return [
        [weight, weightShape(layer)],
        [bias, [layer.out]],
      ];
    }),
  );

/** Input x [B, 1, 28, 28]; outputs features [B, FEATURES] and scores [B, 10]. */
function scorerProgram(batch: number): Program {
  const graph = new GraphBuilder();
  const { features, scores } = scorerNetwork(inferenceLayers(graph), graph.input('x', imageShape(batch)));
  return assembleProgram({ features, scores });
}

/**
 * Scores as probabilities. The scorer was trained by squared error on one-hot classes, whose best answer is the probability of
 * each class given the image (Richard & Lippmann 1991); what is off that is clipped and made to sum to 1.
 */
function probabilitiesOf(scores: Float32Array): Float32Array {
  const parts = scores.map((score) => Math.max(0, score));
  const sum = parts.reduce((all, part) => all + part, 0);
  return sum > 0 ? parts.map((part) => part / sum) : parts.fill(1 / CLASSES);
}
const indexOfLargest = (values: Float32Array): number => values.indexOf(Math.max(...values));
