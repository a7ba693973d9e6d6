import { setTimeout as delay } from 'node:timers/promises';
import { StudioError } from '#contract/error.ts';
import type { DEVICES, Recipe } from '#contract/recipe.ts';
import type { ThinningRequest } from '#contract/housekeeping.ts';
import type { Run } from '#contract/run.ts';
import type { Library } from '#library/library.ts';
import { lockRun } from '#library/run-folder.ts';
import { defaultName } from '#library/runs.ts';
import { thinRun } from '#library/thinning.ts';
import { requestCommand, type RunCommand } from '#trainer/run-command.ts';
import { afterDeath, transition, type RunEvent } from '#trainer/run-state.ts';
import { copyName, freeName } from './free-name.ts';
import { moveInQueue, type Queue } from './queue.ts';
import type { Watcher } from './watcher.ts';

/** What a person does to runs, whichever process writes them. All throw StudioErrors and give the run as it is then. */
export interface RunCalls {
  create(recipe: Recipe, name: string | undefined): Promise<Run>;
  rename(id: string, name: string): Promise<Run>;
  /** Comes back when the step under way is over and its state is saved. */
  pause(id: string): Promise<Run>;
  stop(id: string): Promise<Run>;
  /** Puts the run into the queue again. */
  resume(id: string, device?: (typeof DEVICES)[number]): Promise<Run>;
  remove(id: string): Promise<string>;
  annotate(id: string, change: { tags?: string[] | undefined; notes?: string | undefined }): Promise<Run>;
  /** A new run with another's recipe, at the end of the queue. */
  duplicate(id: string): Promise<Run>;
  /** A new run that goes on from another's checkpoint. */
  continueFrom(id: string, epoch: number, epochs: number): Promise<Run>;
  move(id: string, before: string | null): Promise<void>;
  restore(entry: string): Promise<Run>;
  thin(request: ThinningRequest): Promise<Run>;
}

/** How often, and for how long, it is looked whether another process has done as it was asked. A step may take this long. */
const POLL_MS = 100;
const PATIENCE_MS = 120_000;

export function createRunCalls(library: Library, watcher: Watcher, queue: Queue): RunCalls {
  const taken = (): Set<string> => new Set(watcher.known().map(({ name }) => name));
  /** Changes the state of a run that nobody writes. */
  async function change(id: string, event: RunEvent): Promise<Run> {
    const lock = await lockRun(library.runs.folder(id));
    try {
      await library.runs.update(id, ({ state }) => ({ state: transition(afterDeath(state), event) }));
    } finally {
      await lock.release();
    }
    return await watcher.look(id);
  }

  async function end(id: string, command: RunCommand): Promise<Run> {
    const job = queue.jobOf(id);
    if (job !== undefined) {
      job.command(command);
      await job.result;
      return await watcher.look(id);
    }
    const run = await watcher.look(id);
    const written = run.state.status === 'training' || (run.state.status === 'queued' && run.writer !== 'none');
    return written ? await askWriter(run, command) : await change(id, { type: command, at: Date.now() });
  }

  /** Leaves the wish in the run's folder, and waits until its writer has followed it. */
  async function askWriter({ id, folder, state }: Run, command: RunCommand): Promise<Run> {
    transition(state, { type: command, at: Date.now() });
    await requestCommand(folder, command);
    const deadline = Date.now() + PATIENCE_MS;
    while (Date.now() < deadline) {
      const run = await watcher.look(id);
      if (run.writer === 'none') return run;
      await delay(POLL_MS);
    }
    throw new StudioError(
      'busy',
      `The process that trains ${id} has not answered for ${PATIENCE_MS / 1000} seconds.`,
      'It may be suspended. It will follow when it goes on; or end that process, and the run can be resumed here.',
    );
  }

  /** Tells of a run that has just come, and lets the queue see it. */
  async function begin({ id }: { id: string }): Promise<Run> {
    const run = await watcher.look(id);
    queue.kick();
    return run;
  }

  return {
    pause: (id) => end(id, 'pause'),
    stop: (id) => end(id, 'stop'),
    async resume(id, device) {
      const run = await change(id, { type: 'queue', at: Date.now(), device });
      queue.kick();
      return run;
    },
    async create(recipe, name) {
      return await begin(await library.runs.create({ recipe, name: name ?? freeName(defaultName(recipe), taken()) }));
    },
    async rename(id, name) {
      await library.runs.update(id, { name });
      return await watcher.look(id);
    },
    async remove(id) {
      const { state } = await watcher.look(id);
      if (state.status === 'training')
        throw new StudioError('state', "A run that is training can't be deleted.", 'Pause or stop it first.');
      const entry = await library.runs.remove(id);
      await watcher.scan();
      return entry;
    },
    async annotate(id, { tags, notes }) {
      await library.runs.update(id, {
        ...(tags !== undefined && { tags: [...new Set(tags)] }),
        ...(notes !== undefined && { notes }),
      });
      return await watcher.look(id);
    },
    async duplicate(id) {
      const { recipe, name, tags } = await library.runs.read(id);
      return await begin(await library.runs.create({ recipe, name: copyName(name, taken()), tags }));
    },
    async continueFrom(id, epoch, epochs) {
      const { recipe } = await library.runs.read(id);
      if (epochs <= epoch)
        throw new StudioError(
          'bad-input',
          `A run that goes on after epoch ${epoch} can't end after ${epochs}.`,
          `Choose ${epoch + 1} epochs or more.`,
        );
      return await begin(await library.runs.continue(id, epoch, { ...recipe, epochs }));
    },
    async move(id, before) {
      const waiting = watcher
        .known()
        .flatMap(({ id, state }) => (state.status === 'queued' ? [{ id, queuedAt: state.queuedAt }] : []))
        .sort((a, b) => a.queuedAt - b.queuedAt || (a.id < b.id ? -1 : 1));
      if (!waiting.some((run) => run.id === id))
        throw new StudioError('state', `${id} does not wait in the queue.`, 'It may have started, or been stopped.');
      for (const change of moveInQueue(waiting, id, before)) {
        // one that has begun meanwhile is left alone
        await library.runs.update(change.id, ({ state }) =>
          state.status === 'queued' ? { state: { ...state, queuedAt: change.queuedAt } } : {},
        );
        await watcher.look(change.id);
      }
    },
    async restore(entry) {
      return await begin(await library.trash.restore(entry));
    },
    async thin({ id, moments, epochs }) {
      await watcher.look(id);
      await thinRun(library.runs.folder(id), { moments, epochs });
      return await watcher.look(id);
    },
  };
}
