/** The loss on digits that the network does not train on. */
import { oneHot } from '../diffusion/guidance.ts';
import { objectives } from '../diffusion/objectives/objectives.ts';
import { imagesOf, type Digits, type TrainingSpec } from './batches.ts';
import { drawsOf } from './draws.ts';

/** The noise is the same after every epoch and in every run, so that losses compare. */
const SEED = 0;

/** What the network is asked for its validation loss, and what it should say: images n × 784, by conditioning t [n] and c [n, 10]. */
export interface ValidationSet {
  input: Float32Array;
  target: Float32Array;
  t?: Float32Array;
  c?: Float32Array;
}

/** The first `count` test digits under the objective's forward process; a class is always told. */
export function validationSet(
  spec: Pick<TrainingSpec, 'objective' | 'conditioning' | 'sigma' | 'timesteps' | 'schedule' | 'timeSampling'>,
  test: Digits,
  count: number,
): ValidationSet {
  const chosen = Array.from({ length: Math.min(count, test.labels.length) }, (_, i) => i);
  const draws = drawsOf(chosen.length, SEED, 0, { noise: 'test', time: 'test-timestep' });
  const { input, target, t } = objectives[spec.objective](spec)(imagesOf(test, chosen), draws);
  return {
    input,
    target,
    ...(spec.conditioning !== 'none' && t !== undefined && { t }),
    ...(spec.conditioning === 'class' && { c: oneHot(chosen.map((digit) => test.labels[digit]!)) }),
  };
}

/** mean (prediction − target)², over images and pixels alike. */
export function validationLoss(predicted: Float32Array, { target }: ValidationSet): number {
  let sum = 0;
  for (let i = 0; i < target.length; i++) sum += (predicted[i]! - target[i]!) ** 2;
  return sum / target.length;
}
