/** How good a checkpoint's samples are: read by the digit scorer, and compared with real digits in its feature space. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { StudioError } from '#contract/error.ts';
import type { SamplingPlan } from '#contract/sampling.ts';
import type { Score } from '#contract/score.ts';
import type { Executor, Tensors } from '#engine/executors/executor.ts';
import { PIXELS } from '#engine/model/unet.ts';
import { permutation } from '#engine/random/draws.ts';
import { frechetDistance, gaussianOf, type Gaussian } from '#engine/scoring/frechet.ts';
import { FEATURES } from '#engine/scoring/network.ts';
import { openScorer, type Scorer } from '#engine/scoring/scorer.ts';
import { decodeTensors } from '#engine/tensors/safetensors.ts';
import type { Digits } from '#engine/training/training.ts';
import { loadMnist } from '#library/mnist.ts';
import { resourceFile } from '#library/resources.ts';
import { sampleNetwork, type Network } from './sampling.ts';

/** SHA-256 of resources/scorer.safetensors: scores compare only when they come from the same scorer. */
const SCORER_SHA256 = '9f2f5c073929e93b858afcb81ec05b9908678859ca29b419dfb499c66c963112';

/** The weights that scripts/train-scorer.ts made. Throws StudioError `not-found`, or `checkpoint` when the file is not that one. */
export async function scorerWeights(file: string = resourceFile('scorer.safetensors')): Promise<Tensors> {
  const bytes = await readFile(file);
  if (createHash('sha256').update(bytes).digest('hex') !== SCORER_SHA256)
    throw new StudioError('checkpoint', `${file} is not the digit scorer's file.`, 'Install From Noise again.');
  return Object.fromEntries([...decodeTensors(bytes).tensors].map(([name, { data }]) => [name, data as Float32Array]));
}

/** What scores are taken against. */
export interface Judge {
  score(
    network: Network,
    plan: SamplingPlan,
    pause?: Pause,
    onStep?: OnStep,
  ): Promise<Pick<Score, 'accuracy' | 'frechet' | 'real'>>;
  dispose(): Promise<void>;
}
type Pause = () => Promise<void> | void;
type OnStep = (step: number) => void;

/** The seed of the real digits that stand beside samples. */
const REAL_SEED = 0;

/**
 * Reads the whole test split once, then scores any number of networks. `pause` is awaited between parts of it; what it throws
 * ends that.
 */
export async function openJudge(executor: Executor, pause?: Pause): Promise<Judge> {
  const scorer = await openScorer(executor, await scorerWeights());
  const [train, test] = await Promise.all([loadMnist('train'), loadMnist('test')]);
  const read = scorer.read(imagesOf(test), pause);
  const reference = gaussianOf(
    (
      await read.catch(async (error: unknown) => {
        await scorer.dispose();
        throw error;
      })
    ).features,
    FEATURES,
  );
  // the same for every network that is scored with as many images
  const ofReal = new Map<number, Score['real']>();
  async function realOf(count: number): Promise<Score['real']> {
    let real = ofReal.get(count);
    if (real === undefined) {
      const digits = someDigits(train, count);
      const { accuracy, frechet } = await measure(scorer, imagesOf(digits), [...digits.labels], reference);
      real = { accuracy: accuracy!, frechet };
      ofReal.set(count, real);
    }
    return real;
  }
  return {
    async score(network, plan, pause, onStep) {
      if (plan.count < 2)
        throw new StudioError('bad-input', `count is ${plan.count}; a score needs 2 images or more.`, 'Ask for more.');
      let images: Float32Array = new Float32Array(0);
      for await (const { step, x } of sampleNetwork(executor, network, plan, pause)) {
        images = x;
        onStep?.(step);
      }
      const samples = await measure(scorer, images, plan.labels, reference);
      return { ...samples, real: await realOf(plan.count) };
    },
    dispose: () => scorer.dispose(),
  };
}

async function measure(scorer: Scorer, images: Float32Array, asked: readonly number[] | null, reference: Gaussian) {
  if (!images.every(Number.isFinite))
    throw new StudioError('checkpoint', 'The network gives images that are not numbers.', 'Score an earlier epoch.');
  const { features, digits } = await scorer.read(images);
  const right = asked?.filter((digit, i) => digit === digits[i]).length;
  return {
    accuracy: right === undefined ? null : right / digits.length,
    frechet: frechetDistance(gaussianOf(features, FEATURES), reference),
  };
}

const imagesOf = ({ images }: Digits): Float32Array => Float32Array.from(images, (v) => v / 255);

/** So many digits of a split, drawn without return; the same ones every time. */
function someDigits({ images, labels }: Digits, count: number): Digits {
  const order = permutation(labels.length, { seed: REAL_SEED, stream: 'score-baseline', step: 0 }).subarray(0, count);
  const chosen = { images: new Uint8Array(order.length * PIXELS), labels: new Uint8Array(order.length) };
  order.forEach((digit, i) => {
    chosen.images.set(images.subarray(digit * PIXELS, (digit + 1) * PIXELS), i * PIXELS);
    chosen.labels[i] = labels[digit]!;
  });
  return chosen;
}
