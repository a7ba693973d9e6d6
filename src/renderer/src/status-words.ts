import type { RunStatus } from '#contract/run.ts';

/** A status in the middle of a line. */
export const statusWords: Readonly<Record<RunStatus, string>> = {
  training: 'training',
  queued: 'queued',
  paused: 'paused',
  interrupted: 'interrupted',
  stopped: 'stopped',
  completed: 'finished',
  failed: 'failed',
};
