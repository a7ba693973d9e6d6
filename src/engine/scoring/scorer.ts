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
}

export interface Scorer {
  /**
   * Reads any number of images, n × 784 as networks give them; what lies outside [0, 1] is seen as black or white. `pause` is
   * awaited before every hundred of them. Calls must not overlap.
   */
  read(images: Float32Array, pause?: () => Promise<void> | void): Promise<Reading>;
  dispose(): Promise<void>;
}

/** Images at a time. */
const BATCH = 100;

/** Opens the scorer with its weights. Throws an EngineError `checkpoint` when they are another network's. */
export async function openScorer(executor: Executor, weights: Tensors): Promise<Scorer> {
  const states = pick(weights, scorerShapes(), "The scorer's file");
  const session = await executor.compile({ read: scorerProgram(BATCH) });
  await session.load(states);
  return {
    async read(images, pause) {
      const count = images.length / PIXELS;
      if (!Number.isInteger(count)) throw new RangeError(`${images.length} numbers are no whole images of ${PIXELS}`);
      const features = new Float32Array(count * FEATURES);
      const digits = new Uint8Array(count);
      for (let start = 0; start < count; start += BATCH) {
        await pause?.();
        const n = Math.min(BATCH, count - start);
        // the last batch is filled up with black images
        const x = new Float32Array(BATCH * PIXELS);
        for (let i = 0; i < n * PIXELS; i++) x[i] = Math.min(1, Math.max(0, images[start * PIXELS + i]!));
        const seen = await session.run('read', { x });
        features.set(seen['features']!.subarray(0, n * FEATURES), start * FEATURES);
        for (let i = 0; i < n; i++) digits[start + i] = indexOfLargest(seen['scores']!.subarray(i * CLASSES, (i + 1) * CLASSES));
      }
      return { features, digits };
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

const indexOfLargest = (values: Float32Array): number => values.indexOf(Math.max(...values));
