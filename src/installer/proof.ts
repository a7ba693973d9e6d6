/** An engine is proved before it counts: a golden training step in a process of its own. */
import { fileURLToPath } from 'node:url';
import process from 'node:process';
import * as z from 'zod/mini';
import { StudioError } from '#contract/error.ts';
import type { Ended } from './child.ts';
import type { EngineKind, Proof } from './engine.ts';
import { loaderProblem } from './nvidia.ts';
import { engineEnvironment } from './environment.ts';
import { runNode } from './node-program.ts';

const LIMIT_MS = 5 * 60_000;

const reportSchema = z.object({
  engine: z.string(),
  checks: z.array(z.object({ check: z.string(), error: z.number(), tolerance: z.number() })).check(z.minLength(1)),
});

/** prove.ts beside this file, or what the build makes of it. */
const entry = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? './prove.ts' : './engine-proof.js', import.meta.url));

/**
 * Proves an engine on the device that it is for. Throws StudioError `device` with what went wrong: the library that can't be
 * loaded, the signal that killed the process, the comparison that missed. Rejects with the signal's reason when aborted.
 */
export async function proveEngine(
  engine: { folder: string; kind: EngineKind; libraryPath: readonly string[] },
  signal?: AbortSignal,
): Promise<Proof> {
  const device = engine.kind === 'gpu' ? 'tensorflow-gpu' : 'tensorflow-cpu';
  const env = {
    ...process.env,
    ...engineEnvironment(engine),
    // what it says about libraries that it misses is wanted
    TF_CPP_MIN_LOG_LEVEL: device === 'tensorflow-gpu' ? '0' : '2',
    // products in TensorFloat-32 have 10 bits, and would miss every tolerance
    NVIDIA_TF32_OVERRIDE: '0',
  };
  const ended = await runNode(entry, [engine.folder, device], { env, signal, limitMs: LIMIT_MS });
  const report = reportSchema.safeParse(parseJson(ended.stdout.trim().split('\n').at(-1) ?? ''));
  if (ended.code !== 0 || !report.success) throw failed(reasonOf(ended));
  const { checks } = report.data;
  const worst = checks.reduce((a, b) => (a.error / a.tolerance >= b.error / b.tolerance ? a : b));
  const parts = worst.error / worst.tolerance;
  if (!(parts <= 1))
    throw failed(
      `${worst.check} is off by ${worst.error.toExponential(1)}, and may be off by ${worst.tolerance.toExponential(0)}`,
    );
  return { at: new Date().toISOString(), device, engine: report.data.engine, checks: checks.length, worst: parts };
}

const failed = (reason: string): StudioError =>
  new StudioError(
    'device',
    `TensorFlow did not pass its self-check: ${reason}.`,
    'Training goes on with ONNX Runtime. `from-noise engine install tensorflow` tries again.',
  );

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Why the process did not report, in a part of a sentence. */
function reasonOf({ code, signal, timedOut, stderr }: Ended): string {
  if (timedOut) return `it took longer than ${LIMIT_MS / 60_000} minutes`;
  const said = loaderProblem(stderr) ?? lastWords(stderr);
  const how = signal === null ? `its process ended with code ${String(code)}` : `its process crashed (${signal})`;
  if (signal !== null || said === undefined) return said === undefined ? how : `${how}: ${said}`;
  return said;
}

/** The message of the error that ended a process of Node, or what a native library said before it gave up. */
function lastWords(stderr: string): string | undefined {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  const said =
    lines.findLast((line) => /^\w*Error(?: \[\w+\])?: /.test(line)) ??
    lines.findLast((line) => /\bF [\w/.]+:\d+\]|compiled to use|AVX/.test(line));
  return said
    ?.replace(/^\w*Error(?: \[\w+\])?: /, '')
    .replace(/\.$/, '')
    .slice(0, 300);
}
