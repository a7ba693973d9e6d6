import { StudioError } from '#contract/error.ts';
import type { RunState } from '#contract/run.ts';
import type { Library } from '#library/library.ts';
import { acquireLock, type LockHolder } from '#library/lock.ts';
import { appendLog } from '#library/log.ts';
import { lockRun } from '#library/run-folder.ts';
import { errorInfoOf } from './error-info.ts';
import type { Command, Preferences } from './messages.ts';
import type { Override } from './resolve.ts';
import { takeCommand } from './run-command.ts';
import { afterDeath, transition } from './run-state.ts';
import { sit, type Ending, type SittingEvent } from './sitting.ts';

export interface TrainOptions {
  library: Library;
  id: string;
  /** asked for when a run starts for the first time, with the library's training slot held */
  preferences: () => Preferences | Promise<Preferences>;
  /** takes the place of what an earlier sitting recorded; its bits are then not repeated */
  override?: Override;
  /** a run that was ended may be queued again here and now */
  resume?: boolean;
  /** asked between steps: how the sitting should end, or undefined to go on */
  wish: () => Command | undefined;
  onEvent?: (event: SittingEvent) => void;
  /** called while another run of the library trains; without it that is an error */
  onWaiting?: (holder: LockHolder) => void;
}

/** How often a run looks whether the library's training slot is free. */
const SLOT_POLL_MS = 250;

/**
 * Trains a run to its end, or until it is asked to end: one sitting. Holds the run's lock and the library's training
 * slot meanwhile, so that a run has one writer and a library trains one run at a time.
 * Returns the state it left the run in; a run that fails is `failed` with the error, and that is written to it.
 * Throws a StudioError when it did not begin: `busy`, `not-found`, `state`, `library`.
 */
export async function trainRun(options: TrainOptions): Promise<RunState> {
  const { library, id } = options;
  const folder = library.runs.folder(id);
  const lock = await lockRun(folder);
  try {
    const enter = (state: RunState): RunState => (options.resume === true ? queued(afterDeath(state)) : afterDeath(state));
    await library.runs.update(id, (run) => ({ state: enter(run.state) }));
    await takeCommand(folder); // what was asked of an earlier sitting
    const wish = async (): Promise<Ending | undefined> => {
      const command = options.wish();
      if (command === undefined) return await takeCommand(folder);
      return command === 'cancel' ? 'interrupt' : command;
    };
    const slot = await takeSlot(options, wish);
    if (typeof slot === 'string') {
      // it has not begun, so there is nothing to pause
      const type = slot === 'stop' ? 'stop' : 'interrupt';
      return (await library.runs.update(id, (run) => ({ state: transition(run.state, { type, at: Date.now() }) }))).state;
    }
    try {
      return await train(options, folder, wish);
    } finally {
      await slot.release();
    }
  } finally {
    await lock.release();
  }
}

const queued = (state: RunState): RunState =>
  state.status === 'queued' ? state : transition(state, { type: 'queue', at: Date.now() });

/** Waits for the library's training slot, or until the run is asked to end. */
async function takeSlot(
  { library, onWaiting }: TrainOptions,
  wish: () => Promise<Ending | undefined>,
): Promise<{ release(): Promise<void> } | Ending> {
  for (;;) {
    const taken = await acquireLock(library.trainingLock);
    if (taken.acquired) return taken;
    if (onWaiting === undefined) throw slotTaken(library.trainingLock, taken.holder);
    onWaiting(taken.holder);
    await new Promise((resolve) => setTimeout(resolve, SLOT_POLL_MS));
    const asked = await wish();
    if (asked !== undefined) return asked;
  }
}

const slotTaken = (lockFile: string, holder: LockHolder): StudioError =>
  new StudioError(
    'busy',
    `Another run of this library is training, in process ${holder.pid} on ${holder.host}.`,
    `Wait for it, or pause it. If that process is gone, delete ${lockFile}.`,
  );

const pickDevice = ({ device }: { device?: string | undefined }): Override => (device === undefined ? {} : { device });

async function train(options: TrainOptions, folder: string, wish: () => Promise<Ending | undefined>): Promise<RunState> {
  const { library, id } = options;
  const { state: queued } = await library.runs.read(id);
  // what the command line says goes before what the window said
  const override = options.override ?? (queued.status === 'queued' ? pickDevice(queued) : {});
  const run = await library.runs.update(id, ({ state }) => ({ state: transition(state, { type: 'start', at: Date.now() }) }));
  try {
    const type = await sit({ ...options, override, run, folder, wish });
    const ended = (state: RunState): RunState => transition(state, { type, at: Date.now() });
    await appendLog(folder, ended(run.state).status);
    return (await library.runs.update(id, (now) => ({ state: ended(now.state) }))).state;
  } catch (thrown) {
    const error = errorInfoOf(thrown);
    const stack = error.code === 'internal' && thrown instanceof Error ? `\n${thrown.stack ?? ''}` : '';
    // the disk that refused a checkpoint may refuse this too, and the error itself is what must be told
    await appendLog(folder, `failed: ${error.message} ${error.hint}${stack}`).catch(() => undefined);
    return await library.runs
      .update(id, (now) => ({ state: transition(now.state, { type: 'fail', at: Date.now(), error }) }))
      .then(
        ({ state }) => state,
        () => {
          throw thrown;
        },
      );
  }
}
