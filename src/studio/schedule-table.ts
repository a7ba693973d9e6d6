import type { CallArguments, CallOutput } from '#contract/studio.ts';
import { scheduleNamed, signalToNoise } from '#engine/diffusion/schedule.ts';

/** A noise schedule in numbers. */
export function scheduleTable({
  schedule,
  timesteps,
}: Pick<CallArguments<'schedule.table'>, 'schedule' | 'timesteps'>): CallOutput<'schedule.table'> {
  const table = scheduleNamed(schedule, timesteps);
  const { beta, alpha, alphaBar } = table;
  return { beta, alpha, alphaBar, snr: signalToNoise(table) } as CallOutput<'schedule.table'>;
}
