import { StudioError } from '#contract/error.ts';
import type { Resolved } from '#contract/run.ts';
import { coreCount } from '#engine/executors/cores.ts';
import type { Executor } from '#engine/executors/executor.ts';
import { EngineError } from '#engine/error.ts';
import { findNvidia } from '#installer/installer.ts';
import type { Preferences } from './messages.ts';
import { openDevice } from './open-device.ts';
import { processorName } from './processor.ts';

/** Another device or number of threads than before. */
export type Override = Partial<Pick<Preferences, 'device' | 'threads'>>;

/** A run's device, opened. */
export interface Opened {
  executor: Executor;
  resolved: Resolved;
  /** what keeps this sitting from repeating the bits of an uninterrupted run, in words; empty when nothing does */
  deviations: string[];
}

/**
 * Opens what a run is computed on: at its first start what the preferences say; later what was `recorded` then, unless
 * another device is asked for. Where that one lacks the precision, it goes on in float32.
 * Throws a StudioError or EngineError `device`.
 */
export async function openRunDevice(
  preferences: () => Preferences | Promise<Preferences>,
  recorded?: Resolved,
  override: Override = {},
): Promise<Opened> {
  const chosen = recorded ?? (await preferences());
  const device = override.device ?? chosen.device;
  const threads = override.threads ?? (chosen.threads === 0 ? coreCount() : chosen.threads);
  const moved = recorded !== undefined && device !== recorded.device;
  let { precision } = chosen;
  let executor: Executor;
  try {
    executor = await openDevice(device, threads, precision);
  } catch (error) {
    if (recorded === undefined || !(error instanceof EngineError)) throw error;
    if (!moved) throw gone(recorded, error);
    if (precision === 'float32') throw error;
    precision = 'float32';
    executor = await openDevice(device, threads, precision);
  }
  const resolved: Resolved = {
    device: executor.device,
    precision,
    threads,
    engine: executor.engine,
    processor: await nameOf(executor.device),
  };
  const deviations =
    recorded === undefined
      ? []
      : (['device', 'precision', 'threads', 'engine', 'processor'] as const)
          .filter((key) => recorded[key] !== resolved[key])
          .map((key) => `${key} was ${recorded[key]}, is ${resolved[key]}`);
  return { executor, resolved, deviations };
}

/** What a device computes on, by its maker's name: TensorFlow takes the first GPU for a session. */
async function nameOf(device: string): Promise<string> {
  if (device !== 'tensorflow-gpu') return processorName();
  const [gpu] = (await findNvidia()).gpus;
  return gpu?.name ?? 'an NVIDIA GPU';
}

const gone = ({ device, precision }: Resolved, error: EngineError): StudioError =>
  new StudioError(
    'device',
    `The run was trained on ${device} in ${precision}, which doesn't start here: ${error.message}`,
    'Resume it where that device is, or on another one with `from-noise resume RUN --device NAME`; its bits then differ from an uninterrupted run.',
    { cause: error },
  );
