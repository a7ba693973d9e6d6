/** The same in PyTorch. */
import { resolve } from 'node:path';
import { measure, type Measurement } from './child.ts';
import type { SampleCase, SampleMeasurement } from './sample.ts';
import type { StepCase } from './step.ts';

const script = (name: string): string => resolve(import.meta.dirname, 'peers', name);

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

/** As the course writes it; with its images in the order that oneDNN likes best; and with those in bfloat16 (autocast). */
export const PEER_MODES = ['eager', 'channels_last', 'bfloat16'] as const;
export type PeerMode = (typeof PEER_MODES)[number];

/** What ratios are taken to: PyTorch as the course writes it. */
export const PEER = 'pytorch';
export const peerName = (mode: PeerMode): string => (mode === 'eager' ? PEER : `${PEER} ${mode}`);

export const measurePeer = (
  python: string,
  mode: PeerMode,
  { width, batch, conditioning }: StepCase,
  seconds: number,
  threads: number,
) =>
  measure(python, [
    script('step.py'),
    mode,
    ...[width, batch, conditioning, seconds, threads].map(String),
  ]) satisfies Promise<Measurement>;

/** Guided steps, and a grid of `steps` where there are some. */
export const measureSamplingPeer = (
  python: string,
  mode: PeerMode,
  { width, count, steps }: SampleCase,
  seconds: number,
  threads: number,
): Promise<SampleMeasurement> =>
  measure(python, [script('sample.py'), mode, ...[width, count, seconds, threads, steps].map(String)]);
