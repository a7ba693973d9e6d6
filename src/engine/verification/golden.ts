/** Runs files in the golden format through the engine; see REFERENCE.md, "golden". Any width, any conditioning. */
import { EngineError } from '../error.ts';
import type { Executor } from '../executors/executor.ts';
import type { Check } from './check.ts';
import { GoldenFile } from './golden-file.ts';
import { batchStatisticsCheck, importChecks, inferenceChecks, scheduleChecks } from './inference-checks.ts';
import { trainingChecks } from './training-checks.ts';

export interface CheckResult extends Check {
  file: string;
  passed: boolean;
}

/**
 * Checks each file, one result a comparison, as they come. A file's content says what it is: a schedule, a foreign state
 * dict, or a training. Throws an EngineError that names the file before the first check when one is damaged, and
 * in its turn when one lacks a tensor or holds another model's.
 */
export async function* verifyGolden(
  files: readonly { name: string; bytes: Uint8Array }[],
  executor: Executor,
): AsyncGenerator<CheckResult> {
  if (files.length === 0)
    throw new EngineError(
      'not-found',
      'There are no golden files.',
      'Name a folder that holds *.safetensors in the golden format.',
    );
  const opened = files.map(({ name, bytes }) => new GoldenFile(name, bytes));
  for (const file of opened)
    for await (const check of checksOf(file, executor))
      yield { file: file.name, ...check, passed: check.error <= check.tolerance };
}

async function* checksOf(file: GoldenFile, executor: Executor): AsyncGenerator<Check> {
  const holds = (prefix: string) => file.names().some((name) => name.startsWith(prefix));
  try {
    if (holds('f64.')) yield* scheduleChecks(file);
    else if (holds('state.')) yield* importChecks(file, executor);
    else if (holds('param.')) {
      yield* trainingChecks(file, executor);
      yield* batchStatisticsCheck(file, executor);
      yield* inferenceChecks(file, executor);
    } else throw file.problem('holds neither a schedule, a state dict nor a training');
  } catch (error) {
    // what the model says about a tensor doesn't know the file
    if (error instanceof EngineError && !error.message.startsWith(file.name))
      throw file.problem(error.message.replace(/\.$/, ''));
    throw error;
  }
}
