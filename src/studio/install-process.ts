import { spawn } from 'node:child_process';
import process from 'node:process';
import { createInterface } from 'node:readline';
import * as z from 'zod/mini';
import { INSTALL_STAGES, type EngineKind } from '#contract/engine.ts';
import { errorSchema, StudioError } from '#contract/error.ts';

/** An installation under way. */
export interface InstallJob {
  /** Rejects with the StudioError that ended it, or that it was cancelled. */
  readonly result: Promise<unknown>;
  readonly cancelled: boolean;
  /** Ends it; nothing half installed is left. */
  cancel(): void;
}
export type StartInstall = (
  kind: EngineKind,
  onProgress: (stage: (typeof INSTALL_STAGES)[number], bytesDone: number, bytesTotal: number) => void,
) => InstallJob;

/** What of the lines of `from-noise engine install --json` counts here. */
const lineSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('progress'), stage: z.enum(INSTALL_STAGES), bytesDone: z.number(), bytesTotal: z.number() }),
  z.object({ type: z.literal('installed') }),
  z.extend(errorSchema, { type: z.literal('error') }),
]);

/** A process that was asked to end, and has not, is ended after this time; the next installation clears up after it. */
const GRACE_MS = 5000;

/**
 * Installs by the command line in a process of its own: unpacking and hashing would hold up the windows. `entry` is the
 * command line's file.
 */
export const startInstallBy =
  (entry: string): StartInstall =>
  (kind, onProgress) => {
    const args = [entry, 'engine', 'install', 'tensorflow', ...(kind === 'gpu' ? ['--gpu'] : []), '--json'];
    const child = spawn(process.execPath, args, {
      // Electron's program is Node with this
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let end: StudioError | 'installed' | undefined;
    let cancelled = false;
    createInterface({ input: child.stdout }).on('line', (text) => {
      const line = parse(text);
      if (line?.type === 'progress') onProgress(line.stage, line.bytesDone, line.bytesTotal);
      else if (line?.type === 'installed') end = 'installed';
      else if (line !== undefined) end = StudioError.fromInfo(line);
    });
    const result = new Promise<void>((resolve, reject) => {
      child.on('error', (error) => reject(broken(error.message)));
      child.on('close', (code, signal) => {
        if (end === 'installed') resolve();
        else reject(end ?? (cancelled ? CANCELLED : broken(signal ?? `code ${String(code)}`)));
      });
    });
    return {
      result,
      get cancelled() {
        return cancelled;
      },
      cancel() {
        if (cancelled) return;
        cancelled = true;
        child.kill('SIGTERM');
        const timer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
        child.on('exit', () => clearTimeout(timer));
      },
    };
  };

function parse(text: string): z.infer<typeof lineSchema> | undefined {
  try {
    return lineSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

const CANCELLED = new StudioError('state', 'The installation was cancelled.', 'Start it again when you need it.');
const broken = (how: string): StudioError =>
  new StudioError(
    'internal',
    `The installation ended unexpectedly (${how}).`,
    '`from-noise engine install tensorflow` says more.',
  );
