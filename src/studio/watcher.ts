import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { StudioError } from '#contract/error.ts';
import { runIdSchema, type Run } from '#contract/run.ts';
import type { EventName, EventPayload } from '#contract/studio.ts';
import type { Library } from '#library/library.ts';
import { metricsFile, type StoredRun } from '#library/run-folder.ts';
import { followRun, type LiveRun } from './live-run.ts';

export type Emit = <K extends EventName>(name: K, payload: EventPayload<K>) => void;

/** Runs that train are looked at this often; the folder of runs, every so many of those looks. */
const LIVE_MS = 250;
const LOOKS_PER_SCAN = 4;
/** The time from one look at all runs to the next, in times of what it takes. */
const SCAN_SHARE = 30;
/** Runs that are read at the same time; what is waited for is the disk. */
const LOOKS_AT_ONCE = 8;

/** What is known of the library's runs, kept by looking: any process may write them, on any kind of disk. */
export interface Watcher {
  /** Looks at the whole library for the first time, then goes on looking until it is closed. */
  start(): Promise<void>;
  /** The runs as they were at the last look. */
  known(): StoredRun[];
  /** Looks at a run now, and tells of what changed. Throws a StudioError when it isn't there or can't be read. */
  look(id: string): Promise<Run>;
  /** Looks at the whole library now. */
  scan(): Promise<void>;
  /** The run that trains, with the seconds of its full batches once a few were seen. */
  training(): { run: StoredRun; secondsPerStep: number | undefined } | undefined;
  /** A run as the windows see it. */
  toRun(run: StoredRun): Run;
  close(): Promise<void>;
}

export interface WatcherOptions {
  library: Library;
  emit: Emit;
  /** the numbers of this studio's own processes */
  isOurs: (holder: NonNullable<StoredRun['holder']>) => boolean;
  /** after a look that saw something change */
  onChange: () => void;
}

interface Watched {
  /** of the files that tell of a change */
  fingerprint: string;
  run: StoredRun;
  live?: LiveRun;
}

export function createWatcher({ library, emit, isOurs, onChange }: WatcherOptions): Watcher {
  const runs = new Map<string, Watched>();
  const complained = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<unknown> = Promise.resolve();
  let closed = false;

  const toRun = (stored: StoredRun): Run => {
    const { holder, ...run } = stored;
    const live = stored.state.status === 'training' ? runs.get(stored.id)?.live?.reading : undefined;
    const writer = holder === undefined ? 'none' : isOurs(holder) ? 'here' : 'elsewhere';
    return { ...run, writer, ...(live === undefined ? {} : { live }) };
  };

  /** Reads a run again and tells of it. */
  async function refresh(id: string, fingerprint: string): Promise<void> {
    const run = await library.runs.read(id);
    const watched: Watched = { ...runs.get(id), fingerprint, run };
    if (run.state.status === 'training') watched.live ??= followRun(metricsFile(run.folder), run.recipe);
    runs.set(id, watched);
    // the last steps are told before the run says that it has ended
    await tellSteps(id, watched);
    if (run.state.status !== 'training') delete watched.live;
    emit('run.changed', toRun(run));
  }

  /** True when there were any. */
  async function tellSteps(id: string, { live }: Watched): Promise<boolean> {
    if (live === undefined) return false;
    const { columns, cut } = await live.poll();
    if (cut !== undefined) emit('run.cut', { id, step: cut });
    const any = columns.steps.length > 0 || columns.testSteps.length > 0;
    if (any) emit('run.metrics', { id, columns });
    return any;
  }

  /** Looks at every run's files; reads those that changed. */
  async function scan(): Promise<void> {
    const names = (await readdir(join(library.folder, 'runs'))).filter((name) => runIdSchema.safeParse(name).success);
    let changed = false;
    for (const id of runs.keys()) {
      if (names.includes(id)) continue;
      runs.delete(id);
      emit('run.removed', { id });
      changed = true;
    }
    const ids = names.values();
    const lookAtNext = async (): Promise<void> => {
      for (const id of ids) changed = (await lookAt(id)) || changed;
    };
    await Promise.all(Array.from({ length: LOOKS_AT_ONCE }, lookAtNext));
    if (changed) onChange();
  }

  /** True when the run has changed. A folder that can't be read as a run is complained of once. */
  async function lookAt(id: string): Promise<boolean> {
    const watched = runs.get(id);
    const fingerprint = await fingerprintOf(library.runs.folder(id));
    // a dead writer leaves every file as it is
    const held = watched?.run.holder !== undefined || watched?.run.state.status === 'training';
    if (fingerprint === watched?.fingerprint && !held) return false;
    try {
      if (fingerprint === watched?.fingerprint && !(await writerChanged(watched.run))) return false;
      await refresh(id, fingerprint);
      return true;
    } catch (error) {
      if (!(error instanceof StudioError)) throw error;
      if (error.code !== 'not-found' && !complained.has(error.message)) console.error(`${error.message} ${error.hint}`);
      complained.add(error.message);
      return false;
    }
  }

  const writerChanged = async (run: StoredRun): Promise<boolean> => {
    const now = await library.runs.read(run.id);
    return now.holder?.token !== run.holder?.token || now.state.status !== run.state.status;
  };

  /** One look after another, never two at a time. */
  function inTurn<T>(look: () => Promise<T>): Promise<T> {
    const turn = looking.then(look, look);
    looking = turn.catch(() => undefined);
    return turn;
  }

  async function lookAtLive(): Promise<void> {
    for (const [id, watched] of runs) if (await tellSteps(id, watched)) emit('run.changed', toRun(watched.run));
  }

  /** Looks at all there is, where it is time again: a large library may not keep a core busy with looking. */
  async function scanInTime(looks: number): Promise<void> {
    if (looks % LOOKS_PER_SCAN !== 0 || performance.now() < nextScan) {
      await lookAtLive();
      return;
    }
    const began = performance.now();
    await scan();
    nextScan = began + SCAN_SHARE * (performance.now() - began);
  }
  let nextScan = 0;

  function goOn(looks: number): void {
    if (closed) return;
    timer = setTimeout(() => {
      inTurn(() => scanInTime(looks))
        // a disk that is away for a moment: the next look may find it
        .catch((error: unknown) => {
          const message = error instanceof Error ? error.message : String(error);
          if (!complained.has(message)) console.error(`Looking at the library failed: ${message}`);
          complained.add(message);
        })
        .finally(() => goOn(looks + 1));
    }, LIVE_MS).unref();
  }

  return {
    toRun,
    known: () => [...runs.values()].map(({ run }) => run),
    async start() {
      await inTurn(scan);
      goOn(1);
    },
    look: (id) =>
      inTurn(async () => {
        await refresh(id, await fingerprintOf(library.runs.folder(id)));
        onChange();
        return toRun(runs.get(id)!.run);
      }),
    scan: () => inTurn(scan),
    training() {
      const found = [...runs.values()].find(({ run }) => run.state.status === 'training');
      return found === undefined ? undefined : { run: found.run, secondsPerStep: found.live?.secondsPerStep };
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      await looking;
    },
  };
}

/** Changes with every replacement of run.json, and with the writer's coming and going. */
async function fingerprintOf(folder: string): Promise<string> {
  const one = (name: string): Promise<string> =>
    stat(join(folder, name)).then(
      ({ mtimeMs, size, ino }) => `${mtimeMs}/${size}/${ino}`,
      () => '',
    );
  return (await Promise.all([one('run.json'), one('lock')])).join(' ');
}
