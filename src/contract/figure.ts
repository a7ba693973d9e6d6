import * as z from 'zod/mini';

const epoch = z.int().check(z.minimum(1));

/**
 * The figures, numbered as in the assignment. `loss` is figure 4, 10 or 11 by the run's part; `results` is figure 5
 * after epoch 1 and figure 6 after epoch 5. `samples` are the grids after the epochs that the assignment shows, or
 * those named; `trajectory` is the way of one of a grid's images from noise, `denoising` the way of the whole grid,
 * which alone is to be had as a GIF.
 */
export const figureRequestSchema = z.discriminatedUnion('figure', [
  z.object({ figure: z.literal('noising'), seed: z.int().check(z.minimum(0), z.maximum(0xffffffff)) }),
  z.object({ figure: z.literal('loss'), run: z.string() }),
  z.object({ figure: z.literal('results'), run: z.string(), epoch }),
  z.object({ figure: z.literal('noise-levels'), run: z.string(), epoch }),
  z.object({
    figure: z.literal('samples'),
    run: z.string(),
    epochs: z.optional(z.array(epoch).check(z.minLength(1), z.maxLength(100))),
  }),
  z.object({ figure: z.literal('trajectory'), run: z.string(), epoch, image: z.int().check(z.minimum(0)) }),
  z.object({ figure: z.literal('denoising'), run: z.string(), epoch }),
  z.object({
    figure: z.literal('schedule'),
    schedule: z.enum(['linear', 'cosine']),
    timesteps: z.int().check(z.minimum(2), z.maximum(4000)),
  }),
]);
export type FigureRequest = z.infer<typeof figureRequestSchema>;

/** σ of figures 3 and 7. */
export const NOISE_LEVELS = [0, 0.2, 0.4, 0.5, 0.6, 0.8, 1] as const;
