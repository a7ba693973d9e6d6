import type { SamplingFrame } from '#contract/sampling.ts';
import { openLibrary } from '#library/library.ts';
import { epochCheckpoint, readCheckpoint } from '#library/checkpoint.ts';
import type { News, Task } from './messages.ts';
import { openDevice } from './open-device.ts';
import { sampleNetwork, shownSteps } from './sampling.ts';

type Progress = Omit<Extract<News, { type: 'progress' }>, 'type' | 'job'>;

export interface SampleListener {
  /** asked before every call of the device */
  isCancelled: () => boolean;
  /** at most every tenth of a second, and after the last step */
  onProgress: (progress: Progress) => void;
  /** awaited before it goes on */
  onFrame: (frame: SamplingFrame) => Promise<void>;
}

const PROGRESS_MS = 100;

/** Samples a run's checkpoint. Throws a StudioError when the checkpoint can't be read, or the device fails. */
export async function sampleCheckpoint(
  { library, id, epoch, plan, frames, preferences: { device, threads, precision } }: Extract<Task, { kind: 'sample' }>,
  { isCancelled, onProgress, onFrame }: SampleListener,
): Promise<'done' | 'cancelled'> {
  const pause = (): void => {
    if (isCancelled()) throw new Cancelled();
  };
  try {
    pause();
    const { runs } = await openLibrary(library);
    const network = await readCheckpoint(epochCheckpoint(runs.folder(id), epoch));
    const executor = await openDevice(device, threads, precision);
    const shown = shownSteps(plan.steps, frames);
    let began = 0;
    let told = 0;
    for await (const { step, t, x, x0 } of sampleNetwork(executor, network, plan, pause)) {
      const now = performance.now();
      // the first frame comes with the first answer of the network, which takes longer than the others
      if (step === 0) began = now;
      else if (now - told >= PROGRESS_MS || step === plan.steps) {
        told = now;
        onProgress({ step, steps: plan.steps, secondsPerStep: (now - began) / step / 1000 });
      }
      const index = shown.indexOf(step);
      if (index >= 0) await onFrame({ index, of: shown.length, t, x, x0 } as SamplingFrame);
      pause();
    }
    return 'done';
  } catch (error) {
    if (error instanceof Cancelled) return 'cancelled';
    throw error;
  }
}

/** Thrown through a sampling to leave it. */
class Cancelled extends Error {}

/** Lets a few frames be on their way at once, so that a reader who is slow slows the sampling and fills no memory. */
export interface FrameGate {
  /** Comes back when another frame may be sent. */
  pass(): Promise<void>;
  /** One that was sent has arrived. */
  received(): void;
}

const ON_THEIR_WAY = 4;

export function createFrameGate(): FrameGate {
  let free = ON_THEIR_WAY;
  const waiting: (() => void)[] = [];
  return {
    async pass() {
      if (free > 0) free--;
      else await new Promise<void>((resolve) => waiting.push(resolve));
    },
    received() {
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    },
  };
}
