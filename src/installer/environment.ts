import { delimiter, resolve } from 'node:path';
import process from 'node:process';
import type { EngineKind } from './engine.ts';

/**
 * What has to be in the environment of a process before it starts, so that it can load an engine: the dynamic loader reads
 * its search path once. On a GPU also memory that grows with need instead of all at once, and kernels that give the same
 * bits every time. `libraryPath` is absolute, or below `folder`.
 */
export function engineEnvironment(
  { folder, kind, libraryPath }: { folder: string; kind: EngineKind; libraryPath: readonly string[] },
  env: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  const settings: Record<string, string> = {};
  if (libraryPath.length > 0) {
    const name = process.platform === 'win32' ? 'PATH' : process.platform === 'darwin' ? 'DYLD_LIBRARY_PATH' : 'LD_LIBRARY_PATH';
    const before = env[name] ?? '';
    settings[name] = [...libraryPath.map((path) => resolve(folder, path)), ...(before === '' ? [] : [before])].join(delimiter);
  }
  if (kind === 'gpu') Object.assign(settings, { TF_FORCE_GPU_ALLOW_GROWTH: 'true', TF_DETERMINISTIC_OPS: '1' });
  return settings;
}
