import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StudioError } from '#contract/error.ts';
import { verifyGolden } from '#engine/verification/golden.ts';
import { openDevice } from '#trainer/open-device.ts';
import { deviceNamed } from './device-option.ts';
import { openEnvironment, type CommonOptions } from './environment.ts';
import { EXIT, type Output } from './output.ts';

export interface VerifyCommandOptions extends CommonOptions {
  golden: string;
  device?: string;
}

/** `from-noise verify`: golden files against an engine, one line a check. 1 on a miss. */
export async function verify({ golden, device, ...common }: VerifyCommandOptions, output: Output): Promise<number> {
  const wanted = deviceNamed(device ?? 'auto');
  const files = await goldenFiles(golden);
  const { devices } = openEnvironment(common, output);
  const chosen = await devices.resolve({ device: wanted, precision: 'float32' });
  const executor = await openDevice(chosen.device, chosen.threads, chosen.precision);
  output.say(`${executor.device}, ${executor.engine}`);
  const width = Math.max(...files.map(({ name }) => name.length));
  let checks = 0;
  let misses = 0;
  for await (const { file, check, error, tolerance, passed } of verifyGolden(files, executor)) {
    checks++;
    if (!passed) misses++;
    output.tell({ type: 'check', file, check, error, tolerance, passed });
    output.say(
      `${passed ? 'ok  ' : 'MISS'}  ${file.padEnd(width)}  ${check.padEnd(24)}  worst ${error.toExponential(1)}  tolerance ${tolerance.toExponential(0)}`,
    );
  }
  output.tell({ type: 'verified', device: executor.device, engine: executor.engine, checks, misses });
  output.say(
    misses === 0 ? `All ${checks} checks are within their tolerance.` : `${misses} of ${checks} checks miss their tolerance.`,
  );
  return misses === 0 ? EXIT.ok : EXIT.failed;
}

/** The folder's safetensors files by name. Throws a StudioError when there are none, or it can't be read. */
async function goldenFiles(folder: string): Promise<{ name: string; bytes: Uint8Array }[]> {
  const unusable = (what: string, cause?: unknown): StudioError =>
    new StudioError(
      'bad-input',
      `${folder} ${what}.`,
      'Let --golden name a folder of golden files, as src/engine/fixtures/golden is.',
      { cause },
    );
  const names = await readdir(folder).catch((cause: unknown) => {
    throw unusable(`can't be read as a folder (${(cause as NodeJS.ErrnoException).code ?? String(cause)})`, cause);
  });
  const golden = names.filter((name) => name.endsWith('.safetensors')).sort();
  if (golden.length === 0) throw unusable('holds no .safetensors file');
  return await Promise.all(golden.map(async (name) => ({ name, bytes: await readFile(join(folder, name)) })));
}
