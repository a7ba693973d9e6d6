import { ddpm } from './ddpm.ts';
import { denoise } from './denoise.ts';
import { flow } from './flow.ts';
import type { Objective } from './objective.ts';

/**
 * The objectives by their names in a recipe. Another one is a forward process in a file of its own and its row here,
 * and where it generates images, its sampler: network, training step, validation and checkpoints know none of them.
 */
export const objectives = { denoise, ddpm, flow } as const satisfies Record<string, Objective>;
export type ObjectiveName = keyof typeof objectives;
