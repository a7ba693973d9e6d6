import process from 'node:process';

/** The folder with TensorFlow for a device; undefined where there is none, or the device needs none. */
export function engineFolder(device: string): string | undefined {
  const named = process.env['FROM_NOISE_TENSORFLOW'] ?? '';
  return device.startsWith('tensorflow-') && named !== '' ? named : undefined;
}
