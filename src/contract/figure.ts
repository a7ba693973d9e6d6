import * as z from 'zod/mini';

/** The figures of part 1, numbered as in the assignment. `results` is figure 5 after epoch 1 and figure 6 after epoch 5. */
export const figureRequestSchema = z.discriminatedUnion('figure', [
  z.object({ figure: z.literal('noising'), seed: z.int().check(z.minimum(0), z.maximum(0xffffffff)) }),
  z.object({ figure: z.literal('loss'), run: z.string() }),
  z.object({ figure: z.literal('results'), run: z.string(), epoch: z.int().check(z.minimum(1)) }),
  z.object({ figure: z.literal('noise-levels'), run: z.string(), epoch: z.int().check(z.minimum(1)) }),
]);
export type FigureRequest = z.infer<typeof figureRequestSchema>;

/** σ of figures 3 and 7. */
export const NOISE_LEVELS = [0, 0.2, 0.4, 0.5, 0.6, 0.8, 1] as const;
