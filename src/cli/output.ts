import process from 'node:process';
import type { ErrorInfo } from '#contract/error.ts';
import { errorInfoOf } from '#trainer/error-info.ts';

/** Where a command's words go: lines for people, or one JSON object a line for programs. */
export interface Output {
  readonly json: boolean;
  /** A line for people; nothing under --json. */
  say(line: string): void;
  /** An object for programs; nothing without --json. */
  tell(object: Record<string, unknown>): void;
  /** A line that is replaced by the next one. Only where `redraws`. */
  draw(line: string): void;
  /** Whether this is a terminal, where a line can be replaced. */
  readonly redraws: boolean;
  readonly columns: number;
}

/** Writes to `stream`, standard output unless told otherwise. */
export function createOutput(json: boolean, stream: NodeJS.WriteStream = process.stdout): Output {
  const redraws = stream.isTTY && !json && process.env.TERM !== 'dumb';
  let drawn = false;
  const write = (line: string): void => {
    // clear the drawn line: back to its start, erase to its end
    stream.write(`${drawn ? '\r\x1b[K' : ''}${line}\n`);
    drawn = false;
  };
  return {
    json,
    redraws,
    get columns() {
      return stream.columns;
    },
    say: (line) => {
      if (!json) write(line);
    },
    tell: (object) => {
      if (json) write(JSON.stringify(object));
    },
    draw: (line) => {
      stream.write(`\r\x1b[K${line}`);
      drawn = true;
    },
  };
}

/** Exit codes: what a script can tell apart. */
export const EXIT = { ok: 0, failed: 1, badInput: 2, interrupted: 130 } as const;

/** Errors that the caller can mend; everything else is a failure on the way. */
const MENDABLE = new Set(['bad-input', 'not-found', 'dataset', 'library', 'checkpoint', 'device', 'state']);

export const exitCodeOf = (error: ErrorInfo): number => (MENDABLE.has(error.code) ? EXIT.badInput : EXIT.failed);

/** Says an error where it belongs, and gives the exit code for it. */
export function reportError(output: Output, thrown: unknown): number {
  const error = errorInfoOf(thrown);
  output.tell({ type: 'error', ...error });
  process.stderr.write(`error: ${error.message}\n${error.hint === '' ? '' : `${error.hint}\n`}`);
  if (error.code === 'internal' && thrown instanceof Error) process.stderr.write(`${thrown.stack ?? ''}\n`);
  return exitCodeOf(error);
}
