import { StudioError } from '#contract/error.ts';
import type { InspectionRequest } from '#contract/inspection.ts';
import type { LookRequest, WalkRequest } from '#contract/playground.ts';
import type { Recipe } from '#contract/recipe.ts';
import type { CallOutput } from '#contract/studio.ts';
import type { Library } from '#library/library.ts';
import { deviceFor, type DeviceFor } from './device-for.ts';
import type { Devices } from './devices.ts';
import { createTrainerProcess, type SpawnTrainer } from './trainer-process.ts';
import { createTurns } from './turns.ts';
import type { Emit } from './watcher.ts';

/** What the playground asks of networks, in a process of its own, one question after another. */
export interface Plays {
  /** Throws a StudioError `not-found` or `bad-input`, as `walk` does. */
  look(ask: LookRequest): Promise<CallOutput<'playground.look'>>;
  /** What each block makes of an image; throws as `look` does. */
  inspect(ask: InspectionRequest): Promise<CallOutput<'playground.inspect'>>;
  /** What happens afterwards comes as events, `playground.ended` last. */
  walk(ask: WalkRequest): Promise<CallOutput<'playground.walk'>>;
  /** Ends a walk within a step; one that is over stays as it is. */
  cancel(job: number): void;
  close(): Promise<void>;
}

export interface PlaysOptions {
  library: Library;
  spawn: SpawnTrainer;
  devices: Pick<Devices, 'resolve'>;
  emit: Emit;
}

/** Its library takes seconds to load. */
const IDLE_MS = 60_000;

export function createPlays({ library, spawn, devices, emit }: PlaysOptions): Plays {
  const process = createTrainerProcess(spawn, IDLE_MS);
  /** of a question a moment ago: a pen does not wait for what is known */
  let known: { device: DeviceFor; at: number } | undefined;
  async function deviceOf(): Promise<DeviceFor> {
    if (known === undefined || performance.now() - known.at > IDLE_MS)
      known = { device: await deviceFor(devices, 'float32'), at: performance.now() };
    return known.device;
  }
  const walks = createTurns<WalkRequest>({
    process,
    deviceOf,
    taskOf: (ask, preferences) => ({ kind: 'walk', library: library.folder, preferences, ask }),
    onNews(job, _, news) {
      if (news.type === 'frame') emit('playground.frame', { job, ...news.frame });
    },
    onEnd: (job, _, outcome) => emit('playground.ended', { job, ...outcome }),
    died: {
      code: 'trainer',
      message: 'The playground’s process died in the middle of its work.',
      hint: 'Try it again; training is not affected.',
    },
  });

  async function check({ run, epoch, weights }: Pick<LookRequest, 'run' | 'epoch' | 'weights'>): Promise<Recipe> {
    const { checkpoints, name, recipe } = await library.runs.read(run);
    if (!checkpoints.some((checkpoint) => checkpoint.epoch === epoch))
      throw new StudioError('not-found', `"${name}" has no checkpoint of epoch ${epoch}.`, 'Choose an epoch that is listed.');
    if (weights === 'ema' && recipe.ema === 0)
      throw new StudioError('bad-input', `"${name}" keeps no running average of its weights.`, 'Take its last weights.');
    return recipe;
  }

  return {
    async look(ask) {
      await check(ask);
      const { preferences, environment } = await deviceOf();
      return (await process.start({ kind: 'look', library: library.folder, preferences, ask }, environment).result).answer;
    },
    async inspect(ask) {
      const { conditioning } = await check(ask);
      if (ask.instead !== null && conditioning === 'none')
        throw new StudioError('bad-input', 'A denoiser is told nothing beside the image.', 'Choose a run of part 2.');
      const { preferences, environment } = await deviceOf();
      return (await process.start({ kind: 'inspect', library: library.folder, preferences, ask }, environment).result).answer;
    },
    async walk(ask) {
      const { objective } = await check(ask);
      if (objective === 'denoise')
        throw new StudioError('bad-input', 'A denoiser has one step and no way from noise.', 'Choose a run of part 2.');
      return { job: walks.add(ask) };
    },
    cancel: (job) => walks.cancel(job),
    close: () => walks.close(),
  };
}
