import * as z from 'zod/mini';

/** One line of metrics.jsonl: a training step. */
export interface StepMetric {
  /** from 1 */
  step: number;
  /** from 1 */
  epoch: number;
  loss: number;
  /** the loss of the images whose t lies in each quarter of (0, 1], lowest first; null where a quarter has none. Absent without t */
  quarters?: (number | null)[];
  learningRate: number;
  /** seconds of training up to the end of this step, over all sittings */
  seconds: number;
}
/** One line of metrics.jsonl: the test loss at the end of an epoch. */
export interface EpochMetric {
  step: number;
  epoch: number;
  testLoss: number;
}

/** Metrics on the wire: columns of typed arrays. `from` is the step before the first one held here. */
export const metricColumnsSchema = z.object({
  steps: z.instanceof(Int32Array),
  losses: z.instanceof(Float32Array),
  /** four a step: the loss in each quarter of t, NaN where a quarter has no image; absent where the objective has no t */
  quarterLosses: z.optional(z.instanceof(Float32Array)),
  learningRates: z.instanceof(Float32Array),
  /** of training up to the end of each step, over all sittings */
  seconds: z.instanceof(Float32Array),
  /** test loss: the step it was taken after, and its value */
  testSteps: z.instanceof(Int32Array),
  testLosses: z.instanceof(Float32Array),
});
export type MetricColumns = z.infer<typeof metricColumnsSchema>;
