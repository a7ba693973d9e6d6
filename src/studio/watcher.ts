import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { StudioError } from '#contract/error.ts';
import { runIdSchema, type Run } from '#contract/run.ts';
import type { EventName, EventPayload } from '#contract/studio.ts';
import { fingerprintOf, type Fingerprint } from '#library/fingerprint.ts';
import type { Library } from '#library/library.ts';
import { metricsFile, type StoredRun } from '#library/run-folder.ts';
import type { Summaries } from '#library/summaries.ts';
import { followRun, type LiveRun } from './live-run.ts';

export type Emit = <K extends EventName>(name: K, payload: EventPayload<K>) => void;

/** Runs that train are looked at this often; the folder of runs, every so many of those looks. */
const LIVE_MS = 250;
const LOOKS_PER_SCAN = 4;
/** The time from one look at all runs to the next, in times of what it takes. */
const SCAN_SHARE = 30;
/** Runs that are read at the same time; what is waited for is the disk. */
const LOOKS_AT_ONCE = 8;
/** A start waits no longer for the first look at all runs; what is found later is told in groups, this far apart. */
const PATIENCE_MS = 150;
const GROUP_MS = 100;
/** Runs change in bursts: what they are found to be is written this long after. */
const SAVE_MS = 3000;

/** What is known of the library's runs, kept by looking: any process may write them, on any kind of disk. */
export interface Watcher {
  /**
   * Begins to look at the whole library, newest runs first, and goes on looking until it is closed. Resolves once all runs
   * are known, or after a moment: a person needn't wait for a thousand of them.
   */
  start(): Promise<void>;
  /** When the first look has seen every run. */
  readonly complete: Promise<unknown>;
  readonly isComplete: boolean;
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
  summaries: Summaries;
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

export function createWatcher({ library, summaries, emit, isOurs, onChange }: WatcherOptions): Watcher {
  const runs = new Map<string, Watched>();
  const complained = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let saving: NodeJS.Timeout | undefined;
  let looking: Promise<unknown> = Promise.resolve();
  let closed = false;
  /** found by the first look, and not told yet; undefined after it */
  let found: StoredRun[] | undefined = [];
  let telling: NodeJS.Timeout | undefined;
  const complete = Promise.withResolvers<undefined>();

  const toRun = (stored: StoredRun): Run => {
    const { holder, ...run } = stored;
    const live = stored.state.status === 'training' ? runs.get(stored.id)?.live?.reading : undefined;
    const writer = holder === undefined ? 'none' : isOurs(holder) ? 'here' : 'elsewhere';
    return { ...run, writer, ...(live === undefined ? {} : { live }) };
  };

  /** Reads a run again and tells of it. */
  async function refresh(id: string, fingerprint: Fingerprint): Promise<void> {
    const readAt = Date.now();
    const run = await library.runs.read(id);
    summaries.keep(run, fingerprint, readAt);
    saveSoon();
    await take(run, fingerprint);
  }

  async function take(run: StoredRun, fingerprint: Fingerprint): Promise<void> {
    const { id } = run;
    const watched: Watched = { ...runs.get(id), fingerprint: fingerprint.text, run };
    if (run.state.status === 'training') watched.live ??= followRun(metricsFile(run.folder), run.recipe);
    runs.set(id, watched);
    // the last steps are told before the run says that it has ended
    await tellSteps(id, watched);
    if (run.state.status !== 'training') delete watched.live;
    if (found === undefined) emit('run.changed', toRun(run));
    else {
      found.push(run);
      telling ??= setTimeout(tellFound, GROUP_MS);
    }
  }

  function tellFound(): void {
    clearTimeout(telling);
    telling = undefined;
    if (found === undefined || found.length === 0) return;
    emit('runs.found', { runs: found.map(toRun) });
    found = [];
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
    const there = new Set(names);
    let changed = false;
    for (const id of runs.keys()) {
      if (there.has(id)) continue;
      runs.delete(id);
      summaries.forget(id);
      saveSoon();
      emit('run.removed', { id });
      changed = true;
    }
    // the newest are looked for first
    const ids = (found === undefined ? names : names.sort((a, b) => (dateIn(a) < dateIn(b) ? 1 : -1))).values();
    const lookAtNext = async (): Promise<void> => {
      for (const id of ids) changed = (await lookAt(id)) || changed;
    };
    await Promise.all(Array.from({ length: LOOKS_AT_ONCE }, lookAtNext));
    if (found !== undefined) {
      tellFound();
      found = undefined;
      complete.resolve(undefined);
    }
    if (changed) onChange();
  }

  /** True when the run has changed. A folder that can't be read as a run is complained of once. */
  async function lookAt(id: string): Promise<boolean> {
    const watched = runs.get(id);
    const fingerprint = await fingerprintOf(library.runs.folder(id));
    const summary = watched === undefined ? summaries.find(id, library.runs.folder(id), fingerprint) : undefined;
    if (summary !== undefined) {
      await take(summary, fingerprint);
      return true;
    }
    // a dead writer leaves every file as it is
    const held = watched?.run.holder !== undefined || watched?.run.state.status === 'training';
    if (fingerprint.text === watched?.fingerprint && !held) return false;
    try {
      if (fingerprint.text === watched?.fingerprint && !(await writerChanged(watched.run))) return false;
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
    let changed = false;
    for (const [id, watched] of runs) {
      if (!(await tellSteps(id, watched))) continue;
      // a step is told together with what run.json says of its sitting, such as the device, which is written before it
      const fingerprint = await fingerprintOf(library.runs.folder(id));
      if (fingerprint.text === watched.fingerprint) emit('run.changed', toRun(watched.run));
      else changed = (await lookAt(id)) || changed;
    }
    if (changed) onChange();
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
        .catch(complain)
        .finally(() => goOn(looks + 1));
    }, LIVE_MS).unref();
  }

  /** Of a disk that is away for a moment, once: the next look may find it. */
  function complain(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    if (!complained.has(message)) console.error(`Looking at the library failed: ${message}`);
    complained.add(message);
  }

  function saveSoon(): void {
    saving ??= setTimeout(() => {
      saving = undefined;
      summaries.save().catch(complain);
    }, SAVE_MS).unref();
  }

  return {
    toRun,
    known: () => [...runs.values()].map(({ run }) => run),
    complete: complete.promise,
    get isComplete() {
      return found === undefined;
    },
    async start() {
      const first = inTurn(scan).finally(() => goOn(1));
      const patience = new AbortController();
      await Promise.race([first, delay(PATIENCE_MS, undefined, { signal: patience.signal }).catch(() => undefined)]);
      patience.abort();
      first.catch(complain);
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
      clearTimeout(telling);
      clearTimeout(saving);
      await looking;
      if (found === undefined) await summaries.save().catch(complain);
    },
  };
}

/** The date in an id as this program gives them, `denoiser-2026-11-23-1432-k3f9`; empty in others, which come last. */
const dateIn = (id: string): string => /\d{4}(-\d\d){2}-\d{4}/.exec(id)?.[0] ?? '';
