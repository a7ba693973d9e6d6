import { StudioError } from '#contract/error.ts';
import type { CallOutput } from '#contract/studio.ts';
import type { Library } from '#library/library.ts';
import { deviceEnvironment } from '#trainer/environment.ts';
import type { PlayRequest, Preferences } from '#trainer/messages.ts';
import type { Devices } from './devices.ts';
import { createTrainerProcess, type SpawnTrainer } from './trainer-process.ts';

/** What the playground asks of networks, in a process of its own, one question after another. */
export interface Plays {
  ask<K extends PlayRequest['what']>(request: Extract<PlayRequest, { what: K }>): Promise<CallOutput<`playground.${K}`>>;
  close(): Promise<void>;
}

/** Its library takes seconds to load. */
const IDLE_MS = 60_000;

export function createPlays({
  library,
  spawn,
  devices,
}: {
  library: Library;
  spawn: SpawnTrainer;
  devices: Pick<Devices, 'resolve'>;
}): Plays {
  const process = createTrainerProcess(spawn, IDLE_MS);
  /** of a question a moment ago: a pen does not wait for what is known */
  let known: { preferences: Preferences; environment: Readonly<Record<string, string>>; at: number } | undefined;
  async function device() {
    if (known === undefined || performance.now() - known.at > IDLE_MS) {
      const preferences = await devices.resolve({ device: 'auto', precision: 'float32' });
      known = {
        preferences,
        environment: await deviceEnvironment(preferences.device, preferences.threads),
        at: performance.now(),
      };
    }
    return known;
  }
  return {
    async ask(request) {
      const { checkpoints, name } = await library.runs.read(request.ask.run);
      if (!checkpoints.some(({ epoch }) => epoch === request.ask.epoch))
        throw new StudioError(
          'not-found',
          `"${name}" has no checkpoint of epoch ${request.ask.epoch}.`,
          'Choose an epoch that is listed.',
        );
      const { preferences, environment } = await device();
      const job = process.start({ kind: 'play', library: library.folder, preferences, request }, environment);
      const { answer } = await job.result;
      return answer as never;
    },
    close: () => process.close(0),
  };
}
