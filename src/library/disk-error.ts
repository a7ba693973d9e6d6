import { StudioError } from '#contract/error.ts';

/** The code of a system error: `ENOENT`, `ENOSPC`; undefined for anything else that was thrown. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** Whether a call to the system failed, rather than something that we or a library found wrong. */
export const isSystemError = (error: unknown): boolean => error instanceof Error && 'syscall' in error;

/** Codes that mean: there is no room. EDQUOT is a quota, EFBIG a file system's limit on one file. */
const FULL = ['ENOSPC', 'EDQUOT', 'EFBIG'];
const FORBIDDEN = ['EACCES', 'EPERM', 'EROFS'];

/**
 * What the disk refused, as a StudioError: `disk-full` or `library`, naming the file.
 * `doing` goes before the file's name: "write". `bytes` is what was to be written.
 */
export function diskError(cause: unknown, doing: string, file: string, bytes?: number): StudioError {
  if (cause instanceof StudioError) return cause;
  const code = systemCode(cause);
  if (code !== undefined && FULL.includes(code)) {
    const size = bytes === undefined ? '' : ` (${bytes.toLocaleString('en')} bytes)`;
    return new StudioError(
      'disk-full',
      `There is no space left to ${doing} ${file}${size}.`,
      'Free some space on that disk, or move the library, then resume the run. What was there before is intact.',
      { cause },
    );
  }
  if (code !== undefined && FORBIDDEN.includes(code))
    return new StudioError(
      'library',
      `Not allowed to ${doing} ${file} (${code}).`,
      'Give yourself the right to write there, or open another library with --library or FROM_NOISE_LIBRARY.',
      { cause },
    );
  const reason = code ?? (cause instanceof Error ? cause.message : String(cause));
  return new StudioError(
    'library',
    `Can't ${doing} ${file} (${reason}).`,
    'Check that the folder is there and its disk is connected, or open another library with --library or FROM_NOISE_LIBRARY.',
    { cause },
  );
}
