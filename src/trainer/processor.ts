import { availableParallelism, cpus } from 'node:os';
import process from 'node:process';

/** The processor's name as its maker gives it, and how many of its cores there are. */
export function processorName(): string {
  const model = cpus()[0]?.model.trim() ?? '';
  const cores = availableParallelism();
  return `${model === '' || model === 'unknown' ? process.arch : model}, ${cores} ${cores === 1 ? 'core' : 'cores'}`;
}
