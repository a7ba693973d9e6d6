import { StudioError } from '#contract/error.ts';
import { diskError, systemCode } from '#library/disk-error.ts';

/** What the disk refused about an engine, as a StudioError: `disk-full` or `device`, naming the file. */
export function engineDiskError(cause: unknown, doing: string, file: string): StudioError {
  if (cause instanceof StudioError) return cause;
  const error = diskError(cause, doing, file);
  return error.code === 'disk-full'
    ? diskFull(file, cause)
    : new StudioError(
        'device',
        error.message,
        'Check that the folder is there and may be written, or let FROM_NOISE_ENGINES name another one.',
        { cause },
      );
}

export const diskFull = (folder: string, cause?: unknown): StudioError =>
  new StudioError(
    'disk-full',
    `There is no space left to install TensorFlow in ${folder}.`,
    'Free some space on that disk, or let FROM_NOISE_ENGINES name a folder on another one. What was half installed is removed.',
    { cause },
  );

const FULL = /no space left on device|disk quota exceeded|ENOSPC|EDQUOT|not enough space on the disk/i;

/** Whether a program's words, or an error of ours, mean that a disk is full. */
export const meansDiskFull = (said: unknown): boolean =>
  typeof said === 'string'
    ? FULL.test(said)
    : ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(systemCode(said) ?? '') ||
      (said instanceof StudioError && said.code === 'disk-full');
