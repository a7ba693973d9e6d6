import type { SamplingPlan } from '#contract/sampling.ts';

/** Samplers as they are written in papers. */
export const samplerNames: Readonly<Record<SamplingPlan['sampler'], string>> = {
  ddpm: 'DDPM',
  ddim: 'DDIM',
  euler: 'Euler',
  heun: 'Heun',
};

/** How images were sampled: `DDPM, 300 steps, γ = 5, seed 0`. */
export function planInWords({ sampler, steps, labels, guidance, seed, weights, eta }: SamplingPlan): string {
  return [
    samplerNames[sampler],
    `${steps} steps`,
    ...(sampler === 'ddim' && eta > 0 ? [`η = ${eta}`] : []),
    ...(labels === null ? [] : [`γ = ${guidance}`]),
    ...(weights === 'ema' ? ['averaged weights'] : []),
    `seed ${seed}`,
  ].join(', ');
}
