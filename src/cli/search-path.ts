import process from 'node:process';
import { engineEnvironment, findEngine } from '#installer/installer.ts';

/**
 * Starts this process anew where TensorFlow for GPUs is installed, since a command computes in it: the dynamic loader reads
 * the folders of NVIDIA's libraries from the environment once, at a process's start. It stays the same process for whoever
 * started it. Elsewhere it does nothing.
 */
export async function provideSearchPath(): Promise<void> {
  if (process.platform !== 'linux') return;
  // what is wrong with an engine is said where it is used
  const found = await findEngine().catch(() => undefined);
  if (found?.found !== true) return;
  const folders = engineEnvironment(found.engine, {})['LD_LIBRARY_PATH'];
  if (folders === undefined || process.env['LD_LIBRARY_PATH']?.startsWith(folders) === true) return;
  const args = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  process.execve?.(process.execPath, args, { ...process.env, ...engineEnvironment(found.engine) });
}
