import { EngineError } from '#engine/error.ts';
import { findEngine, type Engine } from '#installer/installer.ts';

/**
 * TensorFlow's engine, for the devices that need it; undefined for the others. Throws an EngineError `device` that says what
 * is missing and what would help.
 */
export async function engineOf(device: string): Promise<Engine | undefined> {
  if (!device.startsWith('tensorflow-')) return undefined;
  const found = await findEngine();
  if (!found.found) throw new EngineError('device', found.reason, found.hint);
  if (device === 'tensorflow-gpu' && found.engine.kind !== 'gpu' && found.engine.way !== 'own')
    throw new EngineError(
      'device',
      'TensorFlow is installed for the processor alone.',
      '`from-noise engine install tensorflow --gpu` installs the one for NVIDIA GPUs.',
    );
  return found.engine;
}
