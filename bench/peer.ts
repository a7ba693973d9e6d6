/** The same training step in PyTorch. */
import { resolve } from 'node:path';
import { measure, type Measurement } from './child.ts';
import type { StepCase } from './step.ts';

const script = resolve(import.meta.dirname, 'peers/step.py');

/** PyTorch's version. Throws an Error that says what to do where there is none. */
export async function findTorch(python: string): Promise<string> {
  try {
    const code = 'import json, torch; print(json.dumps({"version": torch.__version__}))';
    return (await measure(python, ['-c', code])).version;
  } catch (cause) {
    throw new Error(
      `${python} has no PyTorch. Install it (${python} -m pip install torch), or name another interpreter with --python PATH.`,
      { cause },
    );
  }
}

export const measurePeer = (python: string, { width, batch, conditioning }: StepCase, seconds: number, threads: number) =>
  measure(python, [script, ...[width, batch, conditioning, seconds, threads].map(String)]) satisfies Promise<Measurement>;
