import { findEngine, listEngines } from '#installer/installer.ts';
import type { DeviceInfo } from '#contract/studio.ts';
import { speed } from '#contract/words.ts';
import { openEnvironment, type CommonOptions } from './environment.ts';
import { EXIT, type Output } from './output.ts';

export interface DoctorCommandOptions extends CommonOptions {
  again?: boolean;
}

/** `from-noise doctor`: every engine and device, whether it works here, and if not, why and what would help. */
export async function doctor({ again, ...options }: DoctorCommandOptions, output: Output): Promise<number> {
  const { devices } = openEnvironment(options, output);
  const list = again === true ? await devices.check() : await devices.list();
  const { device: automatic } = await devices.resolve({ device: 'auto', precision: 'float32' });
  const found = await findEngine();
  const used = found.found ? found.engine : undefined;
  for (const entry of await listEngines())
    output.tell(
      entry.sound
        ? { type: 'engine', sound: true, used: entry.engine.folder === used?.folder, ...entry.engine }
        : { type: 'engine', sound: false, used: false, folder: entry.folder, reason: entry.reason },
    );
  for (const device of list) {
    output.tell({ type: 'device', ...device, automatic: device.name === automatic });
    for (const line of linesOf(device, device.name === automatic)) output.say(line);
  }
  output.say(
    used === undefined || !found.found
      ? ''
      : `TensorFlow ${used.version === '' ? 'of your own' : used.version}, for ${used.kind === 'gpu' ? 'NVIDIA GPUs' : 'the processor'}, in ${used.folder}`,
  );
  return EXIT.ok;
}

/** A device in a few lines: its state, and below it what was measured, or what would help. */
function linesOf(
  { name, label, available, detail, hint, selfCheck, imagesPerSecond, bfloat16 }: DeviceInfo,
  automatic: boolean,
): string[] {
  const lines = [`${available ? 'ok  ' : '-   '}${name.padEnd(15)} ${label}${automatic ? ' (auto takes it)' : ''}`];
  const more = (text: string): void => void lines.push(`    ${text}`);
  more(detail);
  if (hint !== '') more(hint);
  if (!available) return lines;
  if (selfCheck !== undefined)
    more(
      `self-check: worst error ${selfCheck.error.toExponential(1)} of ${selfCheck.tolerance.toExponential(0)} allowed (${selfCheck.check})`,
    );
  if (imagesPerSecond !== undefined) more(`${speed(imagesPerSecond)} digits a second in float32, training a Quick look`);
  if (bfloat16?.imagesPerSecond !== undefined)
    more(
      `${speed(bfloat16.imagesPerSecond)} in bfloat16, loss ${bfloat16.lossRatio?.toFixed(3) ?? '?'} times float32's${bfloat16.chosen ? '; precision auto takes it' : `: ${bfloat16.why}`}`,
    );
  else if (bfloat16 !== undefined && !bfloat16.chosen) more(`float32 alone: ${bfloat16.why}`);
  return lines;
}
