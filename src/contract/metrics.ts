import * as z from 'zod/mini';

/** One line of metrics.jsonl: a training step, or the test loss at the end of an epoch. */
export const stepMetricSchema = z.object({
  step: z.number(), // from 1
  epoch: z.number(), // from 1
  loss: z.number(),
  learningRate: z.number(),
  /** seconds of training up to the end of this step, over all sittings */
  seconds: z.number(),
});
export type StepMetric = z.infer<typeof stepMetricSchema>;
export const epochMetricSchema = z.object({ step: z.number(), epoch: z.number(), testLoss: z.number() });
export type EpochMetric = z.infer<typeof epochMetricSchema>;

/** Metrics on the wire: columns of typed arrays. `from` is the step before the first one held here. */
export const metricColumnsSchema = z.object({
  steps: z.instanceof(Int32Array),
  losses: z.instanceof(Float32Array),
  learningRates: z.instanceof(Float32Array),
  /** test loss: the step it was taken after, and its value */
  testSteps: z.instanceof(Int32Array),
  testLosses: z.instanceof(Float32Array),
});
export type MetricColumns = z.infer<typeof metricColumnsSchema>;
