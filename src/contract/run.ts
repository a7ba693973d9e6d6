import * as z from 'zod/mini';
import { errorSchema } from './error.ts';
import { DEVICES, PRECISIONS, recipeSchema } from './recipe.ts';

/** A run's id is its folder's name: letters, digits, dashes. Checked wherever one comes in, since it becomes a path. */
export const runIdSchema = z.string().check(z.regex(/^[a-z0-9][a-z0-9-]{0,79}$/));

const at = z.number(); // milliseconds since 1970

/**
 * What a run is doing. A run whose file says `training` but whose writer is dead reads as `interrupted`:
 * that is derived when it is read, never written by the reader.
 */
export const runStateSchema = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('queued'),
    queuedAt: at,
    /** it goes on here instead of where it was trained before, which ends the promise of equal bits */
    device: z.optional(z.enum(DEVICES)),
  }),
  z.object({ status: z.literal('training'), startedAt: at }),
  z.object({ status: z.literal('paused'), at }),
  z.object({ status: z.literal('interrupted'), at: z.optional(at) }),
  z.object({ status: z.literal('stopped'), at }),
  z.object({ status: z.literal('completed'), at }),
  z.object({ status: z.literal('failed'), at, error: errorSchema }),
]);
export type RunState = z.infer<typeof runStateSchema>;
export type RunStatus = RunState['status'];

/** What `auto` became when the run started; a resume keeps it, since equal bits need an equal device. */
const resolvedSchema = z.object({
  device: z.string(),
  precision: z.enum(PRECISIONS),
  threads: z.number(),
  /** the engine with its version: `ONNX Runtime 1.30.0` */
  engine: z.string(),
  /** the name of the processor or GPU that computes */
  processor: z.string(),
});
export type Resolved = z.infer<typeof resolvedSchema>;

/** Where a run stands. `step` counts from the run's start, over all epochs; both are what has been trained, so 0 at first. */
const progressSchema = z.object({
  epoch: z.number(), // finished epochs
  step: z.number(), // finished steps
  /** seconds spent in training, over all sittings */
  seconds: z.number(),
  /** mean training loss of each finished epoch */
  epochLosses: z.array(z.number()),
});
export type Progress = z.infer<typeof progressSchema>;

/** A word or a few to find runs by. */
const tagSchema = z.string().check(z.maxLength(40), z.regex(/^[^\s,]([^,\n]*[^\s,])?$/));
export const tagsSchema = z.array(tagSchema).check(z.maxLength(20));
export const notesSchema = z.string().check(z.maxLength(10_000));

/** run.json */
export const runFileSchema = z.object({
  format: z.literal(1),
  id: runIdSchema,
  name: z.string().check(z.minLength(1), z.maxLength(200)),
  recipe: recipeSchema,
  state: runStateSchema,
  progress: progressSchema,
  createdAt: at,
  resolved: z.optional(resolvedSchema),
  /** files that were written before runs had them name neither */
  tags: z._default(tagsSchema, []),
  notes: z._default(notesSchema, ''),
});
export type RunFile = z.infer<typeof runFileSchema>;

const checkpointInfoSchema = z.object({ epoch: z.number(), bytes: z.number(), savedAt: at });
export type CheckpointInfo = z.infer<typeof checkpointInfoSchema>;

/** A run as the windows see it: its file, with what is read off its folder and its writer. */
export const runSchema = z.extend(runFileSchema, {
  /** live readings of the last second or so; absent unless training */
  live: z.optional(
    z.object({
      step: z.number(),
      epoch: z.number(), // the epoch under way, from 1
      loss: z.number(), // smoothed
      imagesPerSecond: z.number(),
      secondsLeft: z.number(),
    }),
  ),
  /** the process that writes the run: this studio's trainer, or another one (a CLI, another window) */
  writer: z.enum(['none', 'here', 'elsewhere']),
  checkpoints: z.array(checkpointInfoSchema),
  /** epochs whose test digits have been saved */
  sampledEpochs: z.array(z.number()),
  /** epochs of a ddpm or flow run whose grid of samples has been saved */
  gridEpochs: z.array(z.number()),
  folder: z.string(),
});
export type Run = z.infer<typeof runSchema>;

/** What a person may do with a run in a status. */
export function actionsFor(status: RunStatus): { pause: boolean; resume: boolean; stop: boolean; delete: boolean } {
  return {
    pause: status === 'training',
    resume: status === 'paused' || status === 'interrupted' || status === 'stopped' || status === 'failed',
    stop: status === 'training' || status === 'queued' || status === 'paused' || status === 'interrupted',
    delete: status !== 'training',
  };
}
