import * as z from 'zod/mini';
import type { Recipe } from './recipe.ts';
import { runIdSchema } from './run.ts';

/**
 * Sampling from a trained network: what may be asked, what it becomes for a recipe, and what is told of it.
 * The noise of an image follows from the seed and the image's index alone, so the same request to two checkpoints
 * starts from the same noise, and a larger count only adds images.
 */
const SAMPLERS = ['ddpm', 'ddim', 'euler', 'heun'] as const;
export type Sampler = (typeof SAMPLERS)[number];

/** The samplers that an objective's networks take; the first one is the assignment's. None: it has no samples. */
export const samplersOf: Readonly<Record<Recipe['objective'], readonly Sampler[]>> = {
  denoise: [],
  ddpm: ['ddpm', 'ddim'],
  flow: ['euler', 'heun'],
};
/** Steps where none are asked for; ddpm takes all T. */
const STEPS: Readonly<Record<Exclude<Sampler, 'ddpm'>, number>> = { ddim: 50, euler: 50, heun: 25 };

const CLASSES = 10;
const classSchema = z.int().check(z.minimum(0), z.maximum(CLASSES - 1));
/** More images than a window shows at once; a command line takes them in turns. */
const MOST_SAMPLES = 1000;
const MOST_FRAMES = 4000;
/** Images of all frames together that are sent to a window: 125 MB. */
const MOST_SENT = 20_000;

/** How to sample, but for the network. */
export const samplingOptionsSchema = z.object({
  /** ema: the running average of the weights, where the run keeps one */
  weights: z._default(z.enum(['raw', 'ema']), 'raw'),
  /** of a class-conditioned network: the digits that are dealt over the images in turn, image i gets the i-th and so on */
  classes: z._default(z.union([z.literal('all'), z.array(classSchema).check(z.minLength(1), z.maxLength(CLASSES))]), 'all'),
  count: z._default(z.int().check(z.minimum(1), z.maximum(MOST_SAMPLES)), 40),
  /** γ of classifier-free guidance: 0 is without the class, 1 the plain conditional network; only for a class */
  guidance: z._default(z.number().check(z.minimum(-100), z.maximum(100)), 5),
  /** absent: the assignment's for the objective */
  sampler: z.optional(z.enum(SAMPLERS)),
  /** absent: T for ddpm, which takes no other number, and a few dozen for the others */
  steps: z.optional(z.int().check(z.minimum(1), z.maximum(4000))),
  /** η of ddim: 0 adds no noise on the way, 1 as much as ddpm with the posterior variance */
  eta: z._default(z.number().check(z.minimum(0), z.maximum(1)), 0),
  /** of ddpm's noise: β_t, as assigned, or that of the posterior q(x_{t−1} | x_t, x_0) */
  variance: z._default(z.enum(['beta', 'posterior']), 'beta'),
  seed: z._default(z.int().check(z.minimum(0), z.maximum(0xffffffff)), 0),
});
export type SamplingOptions = z.output<typeof samplingOptionsSchema>;

/** A sampling of a run's checkpoint. */
export const samplingRequestSchema = z.extend(samplingOptionsSchema, {
  run: runIdSchema,
  /** absent: the newest checkpoint */
  epoch: z.optional(z.int().check(z.minimum(1))),
  /** at most so many frames on the way are sent, evenly spaced, from noise to image; fewer where there are fewer steps */
  frames: z._default(z.int().check(z.minimum(1), z.maximum(MOST_FRAMES)), 50),
});
export type SamplingRequest = z.output<typeof samplingRequestSchema>;

/** A scoring of a run's checkpoints by the samples that the options give. */
export const scoringRequestSchema = z.extend(samplingOptionsSchema, {
  run: runIdSchema,
  /** absent: every checkpoint */
  epoch: z.optional(z.int().check(z.minimum(1))),
});

/** A sampling with everything decided. */
export const samplingPlanSchema = z.object({
  weights: z.enum(['raw', 'ema']),
  /** the digit of each image; null where the network is told none */
  labels: z.nullable(z.array(classSchema)),
  count: z.number(),
  guidance: z.number(),
  sampler: z.enum(SAMPLERS),
  steps: z.number(),
  eta: z.number(),
  variance: z.enum(['beta', 'posterior']),
  seed: z.number(),
});
export type SamplingPlan = z.infer<typeof samplingPlanSchema>;

/** What of a recipe decides how its networks are sampled. */
type Sampled = Pick<Recipe, 'objective' | 'conditioning' | 'timesteps' | 'ema'>;

/** What is wrong with the options for networks of a recipe, each problem in words; empty when nothing is. */
export function samplingProblems(recipe: Sampled, options: SamplingOptions & { frames?: number }): string[] {
  const samplers = samplersOf[recipe.objective];
  if (samplers.length === 0) return [`the objective ${recipe.objective} has no samples: its network denoises in one step`];
  const problems: string[] = [];
  const sampler = options.sampler ?? samplers[0]!;
  if (!samplers.includes(sampler))
    problems.push(`sampler is "${sampler}"; a network of the objective ${recipe.objective} takes ${samplers.join(' or ')}`);
  if (sampler === 'ddpm' && options.steps !== undefined && options.steps !== recipe.timesteps)
    problems.push(`steps is ${options.steps}; ddpm takes all ${recipe.timesteps}, ddim any number up to that`);
  if (sampler === 'ddim' && options.steps !== undefined && options.steps > recipe.timesteps)
    problems.push(`steps is ${options.steps}; ddim takes at most the schedule's ${recipe.timesteps}`);
  if (options.frames !== undefined && options.count * options.frames > MOST_SENT)
    problems.push(
      `frames is ${options.frames}; for ${options.count} images it must be at most ${Math.floor(MOST_SENT / options.count)}`,
    );
  if (options.weights === 'ema' && recipe.ema === 0) problems.push('weights is "ema"; the run keeps no running average');
  return problems;
}

/** The options with everything decided for a recipe. They have no problems. */
export function samplingPlan(recipe: Sampled, options: SamplingOptions): SamplingPlan {
  const { weights, classes, count, guidance, eta, variance, seed } = options;
  const sampler = options.sampler ?? samplersOf[recipe.objective][0]!;
  const steps = sampler === 'ddpm' ? recipe.timesteps : (options.steps ?? Math.min(STEPS[sampler], stepLimit(recipe, sampler)));
  const digits = classes === 'all' ? Array.from({ length: CLASSES }, (_, digit) => digit) : classes;
  const labels = recipe.conditioning === 'class' ? Array.from({ length: count }, (_, i) => digits[i % digits.length]!) : null;
  return { weights, labels, count, guidance, sampler, steps, eta, variance, seed };
}

const stepLimit = ({ timesteps }: Sampled, sampler: Sampler): number => (sampler === 'ddim' ? timesteps : Infinity);

/** The assignment shows samples after these epochs. */
export const SHOWN_EPOCHS: readonly number[] = [1, 5, 10, 15, 20];

/**
 * How the grid of 4 × 10 is sampled that a run keeps of each epoch: by the assignment's sampler after the epochs that
 * it shows and the run's last, and in a few dozen steps after the others. The same noise every time.
 */
export const gridOptions = (recipe: Pick<Recipe, 'objective' | 'epochs'>, epoch: number): SamplingOptions => {
  const [assigned, quick] = samplersOf[recipe.objective];
  const shown = SHOWN_EPOCHS.includes(epoch) || epoch === recipe.epochs;
  return { ...samplingOptionsSchema.parse({}), sampler: shown || assigned !== 'ddpm' ? assigned : quick };
};

/** The plan by which the grid of an epoch is sampled. */
export const gridPlan = (recipe: Sampled & Pick<Recipe, 'epochs'>, epoch: number): SamplingPlan =>
  samplingPlan(recipe, gridOptions(recipe, epoch));

const f32 = z.instanceof(Float32Array);
const u8 = z.instanceof(Uint8Array);

/**
 * A moment on the way from noise to image: x_t, and x̂_0, the image that the network sees in it, each count × 784 and
 * unclamped. The first is pure noise at t = 1; the last is the image at t = 0, twice.
 */
export const samplingFrameSchema = z.object({
  index: z.number(),
  /** how many frames there are in all */
  of: z.number(),
  /** in [0, 1]: t/T, or flow's t */
  t: z.number(),
  x: f32,
  x0: f32,
});

export type SamplingFrame = z.infer<typeof samplingFrameSchema>;

/** The grid that a run keeps of an epoch. */
export const gridSchema = z.object({
  plan: samplingPlanSchema,
  /** count × 784, unclamped */
  images: f32,
  /** the way there, in grey: frames × count × 784 each, x_t from −1.5 to 2.5 and x̂_0 from 0 to 1; one t a frame */
  frames: z.object({ t: f32, x: u8, x0: u8 }),
});
export type Grid = z.infer<typeof gridSchema>;

const f64 = z.instanceof(Float64Array);
/** A noise schedule in numbers, t = 0 … T: β, α, ᾱ and the signal-to-noise ratio ᾱ / (1 − ᾱ), infinite at t = 0. */
export const scheduleTableSchema = z.object({ beta: f64, alpha: f64, alphaBar: f64, snr: f64 });
