import * as z from 'zod/mini';
import { runIdSchema } from './run.ts';

/** Trying a trained network on one's own drawings: what may be asked, and what comes back. */
const PIXELS = 28 * 28;
const f32 = z.instanceof(Float32Array);
export const seed = z.int().check(z.minimum(0), z.maximum(0xffffffff));
export const drawing = f32.check(
  z.refine((v) => v.length === PIXELS && v.every(Number.isFinite), 'a drawing is 784 finite numbers, 0 black and 1 white'),
);
const steps = z._default(z.int().check(z.minimum(1), z.maximum(100)), 25);

/** Whom it is asked of. */
export const network = {
  run: runIdSchema,
  epoch: z.int().check(z.minimum(1)),
  /** ema: the running average of the weights, where the run keeps one */
  weights: z._default(z.enum(['raw', 'ema']), 'raw'),
  /** the class that a class-conditioned network is told; null: none */
  digit: z._default(z.nullable(z.int().check(z.minimum(0), z.maximum(9))), null),
  /** γ where it is told one */
  guidance: z._default(z.number().check(z.minimum(-100), z.maximum(100)), 5),
};

/** One look of the network at a drawing with noise. */
export const lookRequestSchema = z.object({
  ...network,
  drawing,
  /** σ of a denoiser, t in [0, 1] of the others */
  level: z.number().check(z.minimum(0), z.maximum(2)),
  /** of the noise */
  seed,
});
export type LookRequest = z.output<typeof lookRequestSchema>;

export const lookSchema = z.object({
  /** the drawing with noise, as the network gets it */
  noisy: f32,
  /** the clean image that it sees in that */
  seen: f32,
  /** what the digit scorer reads in the drawing and in what the network saw: a probability for each digit */
  ofDrawing: f32,
  ofSeen: f32,
  /** the network was opened for it, which takes longer than a look */
  opened: z.boolean(),
});

/** The way from a drawing with the noise of t back to an image. */
const wayRequestSchema = z.object({
  kind: z.literal('way'),
  ...network,
  drawing,
  t: z.number().check(z.gt(0), z.maximum(1)),
  seed,
  steps,
});
/** From noises on the great circle from one seed's to another's to their images. */
const betweenRequestSchema = z.object({
  kind: z.literal('between'),
  ...network,
  from: seed,
  to: seed,
  count: z.int().check(z.minimum(2), z.maximum(20)),
  steps,
});

/** From noise to images, in steps without fresh noise: by DDIM, or by Euler's steps of a flow. */
export const walkRequestSchema = z.discriminatedUnion('kind', [wayRequestSchema, betweenRequestSchema]);
export type WalkRequest = z.output<typeof walkRequestSchema>;
