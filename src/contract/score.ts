import * as z from 'zod/mini';
import { samplingPlanSchema, type SamplingPlan } from './sampling.ts';

/** A share in [0, 1], and the mean distance between two sets of images. */
const measures = {
  /** share of the images that the digit scorer reads as the digit asked for; null where none is asked for */
  accuracy: z.nullable(z.number()),
  /** Fréchet distance to the test digits in the scorer's feature space, squared; 0 is the same set */
  frechet: z.number(),
};

/** How good the samples of a checkpoint are, in the eyes of the digit scorer. */
export const scoreSchema = z.object({
  epoch: z.number(),
  /** how the scored images were sampled; the count of images is part of what the numbers mean */
  plan: z.omit(samplingPlanSchema, { labels: true }),
  ...measures,
  /** as many real digits of the training split in place of the samples: what a perfect network would reach */
  real: z.object({ accuracy: z.number(), frechet: z.number() }),
  /** engine and precision that computed it */
  device: z.string(),
  /** milliseconds since 1970 */
  scoredAt: z.number(),
});
export type Score = z.infer<typeof scoreSchema>;

/** What guessing reaches: one of ten digits. */
export const CHANCE = 0.1;

/** What of a plan a score keeps: all but the labels, which follow from the count. */
export const scoredPlan = (plan: SamplingPlan | Score['plan']): Score['plan'] => {
  const { weights, count, guidance, sampler, steps, eta, variance, seed } = plan;
  return { weights, count, guidance, sampler, steps, eta, variance, seed };
};

/** Two scores compare when they were sampled alike; a later one takes the place of an earlier one. */
export const isSamePlan = (a: Score['plan'], b: Score['plan']): boolean =>
  JSON.stringify(scoredPlan(a)) === JSON.stringify(scoredPlan(b));
