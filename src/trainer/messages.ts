import * as z from 'zod/mini';
import { errorSchema } from '#contract/error.ts';
import { inspectionRequestSchema, inspectionSchema } from '#contract/inspection.ts';
import { lookRequestSchema, lookSchema, walkRequestSchema } from '#contract/playground.ts';
import { PRECISIONS, recipeSchema } from '#contract/recipe.ts';
import { runIdSchema, runStateSchema } from '#contract/run.ts';
import { samplingFrameSchema, samplingPlanSchema } from '#contract/sampling.ts';
import { deviceInfoSchema } from '#contract/studio.ts';

/**
 * The conversation between the studio and a trainer process. Jobs are numbered by the studio; a process
 * works on one at a time, in the order they came. Both sides check what arrives.
 */

/** What a run that has not started yet is computed on; 0 threads are as many as there are cores. Nothing in it is `auto`. */
const preferencesSchema = z.object({ device: z.string(), precision: z.enum(PRECISIONS), threads: z.number() });
export type Preferences = z.infer<typeof preferencesSchema>;

/** What was found out about a device. A self-check that is worse than its tolerance says that it computes wrongly. */
export const probeSchema = z.extend(z.pick(deviceInfoSchema, { imagesPerSecond: true, bfloat16: true }), {
  engine: z.string(),
  selfCheck: z.object({ check: z.string(), error: z.number(), tolerance: z.number() }),
});
export type Probe = z.infer<typeof probeSchema>;

const measurementSchema = z.object({ device: z.string(), precision: z.enum(PRECISIONS), secondsPerStep: z.number() });
/** A timed training step of a recipe's full batch. */
export type Measurement = z.infer<typeof measurementSchema>;

const taskSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('train'), library: z.string(), id: runIdSchema, preferences: preferencesSchema }),
  z.object({ kind: z.literal('measure'), recipe: recipeSchema, preferences: preferencesSchema }),
  z.object({ kind: z.literal('probe'), device: z.string(), threads: z.number(), timed: z.boolean() }),
  z.object({
    kind: z.literal('sample'),
    library: z.string(),
    id: runIdSchema,
    epoch: z.int(),
    plan: samplingPlanSchema,
    /** how many frames are told of, at most */
    frames: z.int(),
    preferences: preferencesSchema,
  }),
  z.object({
    kind: z.literal('score'),
    library: z.string(),
    id: runIdSchema,
    epochs: z.array(z.int()),
    plan: samplingPlanSchema,
    preferences: preferencesSchema,
  }),
  z.object({ kind: z.literal('look'), library: z.string(), preferences: preferencesSchema, ask: lookRequestSchema }),
  z.object({ kind: z.literal('inspect'), library: z.string(), preferences: preferencesSchema, ask: inspectionRequestSchema }),
  z.object({ kind: z.literal('walk'), library: z.string(), preferences: preferencesSchema, ask: walkRequestSchema }),
]);
export type Task = z.infer<typeof taskSchema>;

/** What a job ends with, by the kind of its task. A training job's is the state it left the run in. */
const resultSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('train'), state: runStateSchema }),
  z.object({ kind: z.literal('measure'), measurement: measurementSchema }),
  z.object({ kind: z.literal('probe'), probe: probeSchema }),
  z.object({ kind: z.literal('sample'), status: z.enum(['done', 'cancelled']) }),
  z.object({ kind: z.literal('score'), status: z.enum(['done', 'cancelled']) }),
  z.object({ kind: z.literal('look'), answer: lookSchema }),
  z.object({ kind: z.literal('inspect'), answer: inspectionSchema }),
  z.object({ kind: z.literal('walk'), status: z.enum(['done', 'cancelled']) }),
]);
export type Result = z.infer<typeof resultSchema>;
export type ResultOf<K extends Task['kind']> = Extract<Result, { kind: K }>;

/** How a job is asked to end: a run is paused, stopped or interrupted after the step under way; whatever else takes time is cancelled. */
const commandSchema = z.enum(['pause', 'stop', 'interrupt', 'cancel']);
export type Command = z.infer<typeof commandSchema>;

const job = z.number();
export const toTrainerSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('start'), job, task: taskSchema }),
  z.object({ type: z.literal('command'), job, command: commandSchema }),
  /** a frame has arrived; more than a few are never on their way */
  z.object({ type: z.literal('received'), job }),
]);
export type ToTrainer = z.infer<typeof toTrainerSchema>;

/** How a job gets on, while it does. */
const newsSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('progress'), job, step: z.number(), steps: z.number(), secondsPerStep: z.number() }),
  z.object({ type: z.literal('frame'), job, frame: samplingFrameSchema }),
  /** the score of an epoch's checkpoint is kept with the run */
  z.object({ type: z.literal('scored'), job, epoch: z.int() }),
]);
export type News = z.infer<typeof newsSchema>;

export const fromTrainerSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('done'), job, result: resultSchema }),
  z.object({ type: z.literal('error'), job, error: errorSchema }),
  newsSchema,
]);
export type FromTrainer = z.infer<typeof fromTrainerSchema>;
