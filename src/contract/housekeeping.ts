import * as z from 'zod/mini';
import { runIdSchema } from './run.ts';

/** A deleted run's folder in the trash: its id, and when it was deleted, in milliseconds since 1970. */
export const trashEntrySchema = z.string().check(z.regex(/^[a-z0-9][a-z0-9-]{0,79}-\d{13}$/));

export const trashedRunSchema = z.object({
  entry: trashEntrySchema,
  id: z.string(),
  /** its folder's name where run.json can't be read */
  name: z.string(),
  deletedAt: z.number(),
  bytes: z.number(),
});
export type TrashedRun = z.infer<typeof trashedRunSchema>;

/** Which checkpoints a thinning keeps: all, those after the epochs that the assignment shows, or the newest alone. */
const KEPT_EPOCHS = ['all', 'shown', 'newest'] as const;
export type KeptEpochs = (typeof KEPT_EPOCHS)[number];

/** How a run is to be thinned. The newest checkpoint stays as it is, so the run can always go on. */
export const thinningRequestSchema = z.object({
  id: runIdSchema,
  /** drop Adam's moments, two thirds of a checkpoint: it can be sampled from, but training can't go on from it */
  moments: z.boolean(),
  epochs: z.enum(KEPT_EPOCHS),
});
export type ThinningRequest = z.infer<typeof thinningRequestSchema>;

/** What a thinning takes away. */
export const thinningSchema = z.object({
  /** epochs whose checkpoint is deleted */
  drop: z.array(z.number()),
  /** epochs whose checkpoint loses its moments */
  strip: z.array(z.number()),
  bytes: z.number(),
});
export type Thinning = z.infer<typeof thinningSchema>;

export const usageSchema = z.object({
  runs: z.array(z.object({ id: runIdSchema, bytes: z.number() })),
  trash: z.number(),
  /** what is left on the library's disk; absent where it does not tell */
  free: z.optional(z.number()),
});
export type Usage = z.infer<typeof usageSchema>;
