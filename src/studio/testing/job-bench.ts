import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Recipe } from '#contract/recipe.ts';
import type { EventName, EventPayload } from '#contract/studio.ts';
import { initialState } from '#engine/model/initial-state.ts';
import { epochCheckpoint, writeCheckpoint } from '#library/checkpoint.ts';
import { openLibrary, type Library } from '#library/library.ts';
import { forkTrainer, type TrainerChannel } from '../trainer-channel.ts';
import type { SpawnTrainer } from '../trainer-process.ts';
import type { Emit } from '../watcher.ts';

const entry = join(import.meta.dirname, '../../trainer/main.ts');

/** A library of its own, real trainer processes on ONNX Runtime, and what is told of the jobs that they do. */
export interface JobBench {
  library: Library;
  spawn: SpawnTrainer;
  /** the processes so far */
  spawned: TrainerChannel[];
  devices: { resolve: (asked: object) => Promise<{ device: string; precision: 'float32'; threads: number }> };
  /** what devices were asked for */
  resolved: object[];
  emit: Emit;
  events: { name: EventName; payload: unknown }[];
  /** A run with untrained checkpoints of two epochs. */
  runOf(recipe: Recipe): Promise<string>;
  told<K extends EventName>(name: K, job: number): EventPayload<K>[];
  /** Waits until an event of the job has come. */
  eventOf<K extends EventName>(name: K, job: number): Promise<EventPayload<K>>;
  remove(): Promise<void>;
}

export async function openJobBench(): Promise<JobBench> {
  const folder = await mkdtemp(join(tmpdir(), 'jobs-'));
  const library = await openLibrary(folder);
  const spawned: TrainerChannel[] = [];
  const resolved: object[] = [];
  const events: JobBench['events'] = [];
  const watchers = new Set<() => void>();
  const told: JobBench['told'] = (name, job) =>
    events.filter((e) => e.name === name && (e.payload as { job: number }).job === job).map((e) => e.payload as never);
  return {
    library,
    spawned,
    resolved,
    events,
    told,
    spawn(environment) {
      const channel = forkTrainer(entry, environment);
      spawned.push(channel);
      return channel;
    },
    devices: {
      resolve(asked) {
        resolved.push(asked);
        return Promise.resolve({ device: 'onnx-cpu', precision: 'float32', threads: 1 });
      },
    },
    emit(name, payload) {
      events.push({ name, payload });
      for (const look of [...watchers]) look();
    },
    async runOf(recipe) {
      const { id } = await library.runs.create({ recipe, name: undefined });
      for (const epoch of [1, 2]) {
        const file = epochCheckpoint(library.runs.folder(id), epoch);
        await writeCheckpoint(file, { recipe, epoch, step: epoch, tensors: initialState(recipe, epoch) });
      }
      return id;
    },
    eventOf: (name, job) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = told(name, job)[0];
          if (found === undefined) return;
          watchers.delete(look);
          resolve(found);
        };
        watchers.add(look);
        look();
      }),
    remove: () => rm(folder, { recursive: true }),
  };
}
