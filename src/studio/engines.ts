import { StudioError, toErrorInfo } from '#contract/error.ts';
import type { EngineKind, EngineState } from '#contract/engine.ts';
import type { Settings } from '#contract/settings.ts';
import { downloadBytes, findEngine, findNvidia, isInstalling, removeEngine } from '#installer/installer.ts';
import type { InstallJob, StartInstall } from './install-process.ts';

/** TensorFlow's installation, as windows see it. */
export interface Engines {
  state(): Promise<EngineState>;
  /** Begins to install, or to replace what is installed. Throws a StudioError `state` while that goes on already. */
  install(kind: EngineKind): Promise<EngineState>;
  /** Ends an installation, or says no to one; the studio doesn't begin another one by itself. */
  cancel(): Promise<EngineState>;
  remove(): Promise<EngineState>;
  /**
   * On the first start: installs what is missing in the background, or asks where there is an NVIDIA GPU. Does nothing when
   * an engine is there, when a person has said no, or another process is at it.
   */
  begin(): Promise<void>;
  close(): Promise<void>;
}

export interface EnginesOptions {
  startInstall: StartInstall;
  settings: { get(): Pick<Settings, 'installEngine'>; set(patch: Pick<Settings, 'installEngine'>): unknown };
  onChange: (state: EngineState) => void;
  /** an engine has come or gone */
  onEngine: () => void;
}

/** How often progress is told. In milliseconds. */
const TELL_MS = 200;

/** Owns the process that installs: one at a time. */
export function createEngines({ startInstall, settings, onChange, onEngine }: EnginesOptions): Engines {
  let work: EngineState['work'] = { status: 'none' };
  let job: InstallJob | undefined;
  let told = 0;
  let closed = false;

  async function state(): Promise<EngineState> {
    const found = await findEngine();
    const downloads = { cpu: downloadBytes('cpu'), gpu: downloadBytes('gpu') };
    if (!found.found) return { reason: found.reason, hint: found.hint, downloads, work };
    const { kind, version, way, folder, bytes } = found.engine;
    return { installed: { kind, version, way, folder, bytes }, reason: '', hint: '', downloads, work };
  }

  async function become(next: EngineState['work']): Promise<EngineState> {
    work = next;
    const now = await state();
    if (!closed) onChange(now);
    return now;
  }

  function start(kind: EngineKind, background: boolean): Promise<EngineState> {
    const mine = startInstall(kind, (stage, bytesDone, bytesTotal) => {
      if (job !== mine) return;
      const now = performance.now();
      const same = work.status === 'installing' && work.stage === stage;
      work = { status: 'installing', kind, stage, bytesDone, bytesTotal, background };
      if (same && now - told < TELL_MS) return;
      told = now;
      void become(work);
    });
    job = mine;
    void mine.result.then(
      () => settle(mine, { status: 'none' }),
      (thrown: unknown) => {
        const { message, hint } = toErrorInfo(thrown);
        settle(mine, mine.cancelled ? { status: 'none' } : { status: 'failed', kind, message, hint });
      },
    );
    return become({ status: 'installing', kind, stage: 'look', bytesDone: 0, bytesTotal: 0, background });
  }

  function settle(mine: InstallJob, next: EngineState['work']): void {
    if (job !== mine) return;
    job = undefined;
    void become(next);
    onEngine();
  }

  function requireIdle(): void {
    if (work.status === 'installing' || work.status === 'removing')
      throw new StudioError('state', 'TensorFlow is being installed or removed already.', 'Wait for its end, or cancel it.');
  }

  return {
    state,
    async install(kind) {
      requireIdle();
      return await start(kind, false);
    },
    async cancel() {
      settings.set({ installEngine: false });
      if (work.status === 'asking' || work.status === 'failed') return await become({ status: 'none' });
      const ending = job;
      ending?.cancel();
      await ending?.result.catch(() => undefined);
      return await state();
    },
    async remove() {
      requireIdle();
      // else the next start would install it again
      settings.set({ installEngine: false });
      await become({ status: 'removing' });
      try {
        await removeEngine();
      } finally {
        await become({ status: 'none' });
        onEngine();
      }
      return await state();
    },
    async begin() {
      if (!settings.get().installEngine || (await findEngine()).found || (await isInstalling())) return;
      const nvidia = await findNvidia();
      if (closed || work.status !== 'none') return;
      if (nvidia.usable) await become({ status: 'asking', gpu: nvidia.gpus.map(({ name }) => name).join(', ') });
      else await start('cpu', true);
    },
    async close() {
      closed = true;
      job?.cancel();
      await job?.result.catch(() => undefined);
    },
  };
}
