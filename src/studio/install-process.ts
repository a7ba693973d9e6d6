import { spawn } from 'node:child_process';
import process from 'node:process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import * as z from 'zod/mini';
import { INSTALL_STAGES, type EngineKind } from '#contract/engine.ts';
import { errorSchema, StudioError } from '#contract/error.ts';

export { programRequest, type ProgramEnded, type ProgramRequest } from '#installer/node-program.ts';

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

/** The command line at work in a process of its own, whatever kind of process the shell has. */
export interface RunningCommand {
  readonly output: Readable;
  /** `how` is a signal or `code 1`, or why it could not be started. Called once, after the last of the output. */
  onEnd(listener: (how: string) => void): void;
  /** Asks it to end. */
  end(): void;
  kill(): void;
}
export type StartCommand = (args: readonly string[]) => RunningCommand;

/** The command line as a plain Node process. `entry` is its file. */
export const spawnCommand =
  (entry: string): StartCommand =>
  (args) => {
    const child = spawn(process.execPath, [entry, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
    return {
      output: child.stdout,
      onEnd(listener) {
        let problem: string | undefined;
        child.on('error', (error) => (problem = error.message));
        child.on('close', (code, signal) => listener(problem ?? signal ?? `code ${String(code)}`));
      },
      end: () => void child.kill('SIGTERM'),
      kill: () => void child.kill('SIGKILL'),
    };
  };

/** Installs by the command line in a process of its own: unpacking and hashing would hold up the windows. */
export const startInstallBy =
  (startCommand: StartCommand): StartInstall =>
  (kind, onProgress) => {
    const command = startCommand(['engine', 'install', 'tensorflow', ...(kind === 'gpu' ? ['--gpu'] : []), '--json']);
    let end: StudioError | 'installed' | undefined;
    let cancelled = false;
    createInterface({ input: command.output }).on('line', (text) => {
      const line = parse(text);
      if (line?.type === 'progress') onProgress(line.stage, line.bytesDone, line.bytesTotal);
      else if (line?.type === 'installed') end = 'installed';
      else if (line !== undefined) end = StudioError.fromInfo(line);
    });
    let ended = false;
    const result = new Promise<void>((resolve, reject) => {
      command.onEnd((how) => {
        ended = true;
        if (end === 'installed') resolve();
        else reject(end ?? (cancelled ? CANCELLED : broken(how)));
      });
    });
    return {
      result,
      get cancelled() {
        return cancelled;
      },
      cancel() {
        if (cancelled || ended) return;
        cancelled = true;
        command.end();
        const timer = setTimeout(() => command.kill(), GRACE_MS);
        void result.catch(() => undefined).then(() => clearTimeout(timer));
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
