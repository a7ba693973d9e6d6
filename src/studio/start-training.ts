import type { Library } from '#library/library.ts';
import { deviceEnvironment } from '#trainer/environment.ts';
import type { Command, Preferences } from '#trainer/messages.ts';
import type { Devices } from './devices.ts';
import type { Job, TrainerProcess } from './trainer-process.ts';

/**
 * Starts a queued run: at its first start what its recipe leaves open is decided by what the machine has now; later it
 * stays as it was recorded. A command that comes before the trainer has begun reaches it when it has.
 */
export function startTraining(
  { library, trainer, devices }: { library: Library; trainer: TrainerProcess; devices: Devices },
  id: string,
): Job<'train'> {
  let job: Job<'train'> | undefined;
  let early: Command | undefined;
  const train = async (): Promise<Awaited<Job<'train'>['result']>> => {
    const run = await library.runs.read(id);
    const preferences: Preferences = run.resolved ?? (await devices.resolve(run.recipe));
    const { precision, threads } = preferences;
    const device = (run.state.status === 'queued' ? run.state.device : undefined) ?? preferences.device;
    // a device that is gone has no environment of its own, and the trainer says what to do about it
    const environment = await deviceEnvironment(device, threads).catch(() => ({}));
    job = trainer.start({ kind: 'train', library: library.folder, id, preferences: { device, precision, threads } }, environment);
    if (early !== undefined) job.command(early);
    return await job.result;
  };
  return {
    result: train(),
    command(command) {
      if (job === undefined) early = command;
      else job.command(command);
    },
  };
}
