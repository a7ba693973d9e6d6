import * as z from 'zod/mini';
import { StudioError } from '#contract/error.ts';
import { samplingOptionsSchema, type SamplingOptions, type SamplingPlan } from '#contract/sampling.ts';

/** How to sample, as it is typed; what is absent takes the contract's default. */
export interface SamplingFlags {
  class?: string;
  count: string;
  guidance: string;
  sampler?: string;
  steps?: string;
  eta?: string;
  variance?: string;
  weights: string;
  seed: string;
}

const ALLOWED: Readonly<Record<keyof SamplingFlags, (most: number) => string>> = {
  class: () => '"all", or digits from 0 to 9 with commas between',
  count: (most) => `a whole number from 1 to ${most}`,
  guidance: () => 'a number from -100 to 100',
  sampler: () => 'one of ddpm, ddim, euler, heun',
  steps: () => 'a whole number from 1 to 4000',
  eta: () => 'a number from 0 to 1',
  variance: () => 'one of beta, posterior',
  weights: () => 'one of raw, ema',
  seed: () => 'a whole number from 0 to 4294967295',
};

/**
 * The flags as the contract has them, for at most so many images. Throws a StudioError `bad-input` that names the first bad
 * one, its value and what is allowed.
 */
export function samplingOptions(flags: SamplingFlags, most: number): SamplingOptions {
  const { class: classes, count, guidance, sampler, steps, eta, variance, weights, seed } = flags;
  const number = (text: string | undefined): number | undefined =>
    text === undefined ? undefined : text.trim() === '' ? NaN : Number(text);
  const asked = {
    classes: classes === undefined || classes === 'all' ? classes : classes.split(',').map(number),
    ...{ count: number(count), guidance: number(guidance), steps: number(steps), eta: number(eta), seed: number(seed) },
    ...{ sampler, variance, weights },
  };
  const schema = z.extend(samplingOptionsSchema, { count: z.int().check(z.minimum(1), z.maximum(most)) });
  const parsed = schema.safeParse(Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined)));
  if (parsed.success) return parsed.data;
  const field = parsed.error.issues[0]!.path[0] as keyof typeof asked;
  const flag = field === 'classes' ? 'class' : field;
  throw new StudioError(
    'bad-input',
    `--${flag} is "${flags[flag] ?? ''}"; it must be ${ALLOWED[flag](most)}.`,
    'Correct the value and start again.',
  );
}

/** "40 images, ddpm in 300 steps, guidance 5, seed 0" */
export function planInWords({ count, sampler, steps, labels, guidance, seed, weights }: SamplingPlan): string {
  return [
    count === 1 ? '1 image' : `${count} images`,
    `${sampler} in ${steps} ${steps === 1 ? 'step' : 'steps'}`,
    ...(labels === null ? [] : [`guidance ${guidance}`]),
    ...(weights === 'ema' ? ['averaged weights'] : []),
    `seed ${seed}`,
  ].join(', ');
}
