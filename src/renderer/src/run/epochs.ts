import type { Run } from '#contract/run.ts';

/** The epochs that a run has a checkpoint of, the newest first. */
export const epochsOf = ({ checkpoints }: Run): number[] => checkpoints.map(({ epoch }) => epoch).sort((a, b) => b - a);

/** The epoch that is asked for, where the run has it, else the newest; undefined where it has none. */
export function epochAt(run: Run, asked: number): number | undefined {
  const epochs = epochsOf(run);
  return epochs.includes(asked) ? asked : epochs[0];
}
