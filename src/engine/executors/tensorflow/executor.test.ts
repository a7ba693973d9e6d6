import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { assembleProgram, GraphBuilder } from '../../graph/builder.ts';
import { sizeOf, type Program, type Value } from '../../graph/graph.ts';
import { ADAM, averageName } from '../../model/programs.ts';
import { normals } from '../../random/draws.ts';
import { openTraining, type Checkpoint, type Training, type TrainingSpec } from '../../training/training.ts';
import { relativeError } from '../../verification/compare.ts';
import { verifyGolden } from '../../verification/golden.ts';
import type { Executor, Session, Tensors } from '../executor.ts';
import { openExecutor } from '../registry.ts';
import { openReferenceExecutor } from '../reference/executor.ts';
import { openTensorFlowExecutor } from './executor.ts';

/** A folder with TensorFlow in it; without one there is nothing to test against. */
const engineFolder = process.env['FROM_NOISE_TENSORFLOW'] ?? '';
const described = describe.skipIf(engineFolder === '');
if (engineFolder === '') console.warn("TensorFlow's tests are skipped: FROM_NOISE_TENSORFLOW names no folder with it.");
const threads = 2;
const open = (precision: 'float32' | 'bfloat16' = 'float32'): Promise<Executor> =>
  openTensorFlowExecutor('tensorflow-cpu', { engineFolder, threads, precision });

const sessions: Session[] = [];
afterEach(async () => {
  await Promise.all(sessions.splice(0).map((session) => session.dispose()));
});
async function compile<Name extends string>(programs: Readonly<Record<Name, Program>>): Promise<Session<Name>> {
  const session = await (await open()).compile(programs);
  sessions.push(session);
  return session;
}
const drawn = (named: Readonly<Record<string, Value>>, seed: number): Tensors =>
  Object.fromEntries(
    Object.entries(named).map(([name, { shape }], step) => [
      name,
      normals(new Float32Array(sizeOf(shape)), { seed, stream: 'noise', step }),
    ]),
  );

/** A parameter that Adam moves towards the mean of what is fed, and a count of the calls. */
function training(batch: number): Program {
  const g = new GraphBuilder();
  const scalars = { learningRate: g.constant(0.1), correction1: g.constant(1), correction2: g.constant(1) };
  const [parameter, m, v] = [g.state('p', [1, 3]), g.state('m', [1, 3]), g.state('v', [1, 3])];
  const gradient = g.sub(parameter, g.mean(g.input('x', [batch, 3]), [0], true));
  const next = g.adam({ parameter, m, v, gradient }, scalars, ADAM);
  const calls = g.state('calls', []);
  const updates = { p: next.parameter, m: next.m, v: next.v, calls: g.add(calls, g.constant(1)) };
  return assembleProgram({ before: parameter, after: next.parameter }, updates);
}
const start = (): Tensors => ({
  p: Float32Array.of(1, 2, 3),
  m: Float32Array.of(0.5, 0.5, 0.5),
  v: Float32Array.of(1, 1, 1),
  calls: Float32Array.of(0),
});

described('a TensorFlow session', () => {
  it('keeps states between calls and gives back what was loaded', async () => {
    const session = await compile({ step: training(2) });
    await session.load(start());
    expect(await session.read()).toEqual(start());
    await session.load({ p: Float32Array.of(7, 8, 9) });
    expect(await session.read()).toEqual({ ...start(), p: Float32Array.of(7, 8, 9) });
    for (let i = 0; i < 3; i++) await session.run('step', { x: new Float32Array(6) });
    expect(await session.read(['calls'])).toEqual({ calls: Float32Array.of(3) });
  });

  it('trains as the reference does, with programs of other batch sizes over the same states', async () => {
    const programs = { full: training(4), last: training(3) };
    const results: Tensors[][] = [];
    for (const session of [await compile(programs), await openReferenceExecutor().compile(programs)]) {
      await session.load(start());
      const outputs: Tensors[] = [];
      for (const name of ['full', 'last', 'full'] as const)
        outputs.push(await session.run(name, drawn(programs[name].inputs, 1)));
      results.push([...outputs, await session.read()]);
    }
    const [ours, theirs] = results as [Tensors[], Tensors[]];
    ours.forEach((tensors, i) => {
      expect(Object.keys(tensors).sort()).toEqual(Object.keys(theirs[i]!).sort());
      for (const [name, data] of Object.entries(tensors)) expect(relativeError(data, theirs[i]![name]!), name).toBeLessThan(1e-6);
    });
  });

  it('gives outputs as they were before the updates, and the updated ones where they are asked for', async () => {
    const session = await compile({ step: training(2) });
    await session.load(start());
    const { before, after } = await session.run('step', { x: new Float32Array(6) });
    expect(before).toEqual(start()['p']);
    expect(after).toEqual((await session.read(['p']))['p']);
    expect(after).not.toEqual(before);
  });

  it('leaves the arrays it was given alone', async () => {
    const session = await compile({ step: training(2) });
    const states = start();
    await session.load(states);
    const x = new Float32Array(6);
    await session.run('step', { x });
    expect(states).toEqual(start());
    expect(x).toHaveLength(6);
  });

  it('refuses a call before its states are loaded, unknown names, wrong lengths, and calls after its end', async () => {
    const session = await compile({ step: training(2) });
    const x = new Float32Array(6);
    await session.load({ p: new Float32Array(3) });
    await expect(session.run('step', { x })).rejects.toThrow('state m was never loaded');
    await expect(session.read()).rejects.toThrow('state m was never loaded');
    await expect(session.load({ q: x })).rejects.toThrow('no program has a state q');
    await expect(session.load({ p: x })).rejects.toThrow('needs 3 numbers, not 6');
    await expect(session.read(['q'])).rejects.toThrow('no program has a state q');
    await session.load(start());
    await expect(session.run('step', {})).rejects.toThrow('input x is missing');
    await session.dispose();
    await expect(session.run('step', { x })).rejects.toThrow('disposed');
    sessions.length = 0;
  });

  it('keeps its states apart from those of another session', async () => {
    const [one, two] = [await compile({ step: training(2) }), await compile({ step: training(2) })];
    await one.load(start());
    await two.load({ ...start(), p: Float32Array.of(4, 5, 6) });
    await one.run('step', { x: new Float32Array(6) });
    expect((await two.read(['p']))['p']).toEqual(Float32Array.of(4, 5, 6));
  });

  it('leaves the event loop free while it computes', async () => {
    const g = new GraphBuilder();
    const w = g.input('w', [64, 64, 3, 3]);
    let y = g.input('x', [16, 64, 28, 28]);
    for (let i = 0; i < 6; i++) y = g.conv(y, w, { stride: 1, pad: 1 });
    const program = assembleProgram({ y: g.mean(y, [0, 1, 2, 3]) });
    const session = await compile({ program });
    const run = { done: false };
    const result = session.run('program', drawn(program.inputs, 1)).then(() => (run.done = true));
    await new Promise(setImmediate);
    expect(run.done).toBe(false);
    await result;
  });
});

described('opening TensorFlow', () => {
  it('says what is wrong with a folder, a missing GPU, and other threads than those in use', async () => {
    const executor = new URL('./executor.ts', import.meta.url).href;
    const opening = (device: string, folder: string, count: number) =>
      `await openTensorFlowExecutor('${device}', { engineFolder: ${JSON.stringify(folder)}, threads: ${count} })
        .then(({ device, engine }) => console.log(device, engine), ({ code, message }) => console.log(code, message));`;
    const script = [
      `import { openTensorFlowExecutor } from '${executor}';`,
      opening('tensorflow-cpu', '/nowhere', 1),
      opening('tensorflow-gpu', engineFolder, 1),
      opening('tensorflow-cpu', engineFolder, 1),
      opening('tensorflow-cpu', engineFolder, 2),
    ].join('\n');
    const env = { ...process.env, CUDA_VISIBLE_DEVICES: '-1' };
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', script], { env });
    expect(stdout.trim().split('\n')).toEqual([
      expect.stringMatching(/^device TensorFlow in \/nowhere doesn't start: Cannot find module/),
      expect.stringMatching(/^device TensorFlow in .* sees no GPU\.$/),
      expect.stringMatching(/^tensorflow-cpu TensorFlow \d+\.\d+/),
      expect.stringMatching(/^device TensorFlow already runs in this process as .* with 1 threads, not as .* with 2 threads\.$/),
    ]);
  });
});

described('a process that ends in the middle of a step', () => {
  it.each([
    ['process.exit(3)', 3],
    ["throw new Error('seen')", 1],
  ])('ends as it should by %s', { timeout: 60_000 }, async (end, code) => {
    const from = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
    const script = `
      import { assembleProgram, GraphBuilder } from ${from('../../graph/builder.ts')};
      import { openTensorFlowExecutor } from ${from('./executor.ts')};
      const g = new GraphBuilder();
      let x = g.input('x', [512, 512]);
      for (let i = 0; i < 60; i++) x = g.matmul(x, x);
      const executor = await openTensorFlowExecutor('tensorflow-cpu', { engineFolder: ${JSON.stringify(engineFolder)}, threads: 1 });
      const session = await executor.compile({ product: assembleProgram({ x }) });
      session.run('product', { x: new Float32Array(512 * 512) });
      setTimeout(() => { ${end}; }, 30);`;
    const folder = await mkdtemp(join(tmpdir(), 'from-noise-'));
    try {
      const file = join(folder, 'script.mjs');
      await writeFile(file, script);
      const ended = await promisify(execFile)(process.execPath, [file]).then(
        () => 0,
        (error: unknown) => (error as { code: unknown }).code,
      );
      expect(ended).toBe(code);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

const golden = new URL('../../fixtures/golden/', import.meta.url);
const goldenFiles = readdirSync(golden)
  .filter((name) => name.endsWith('.safetensors'))
  .map((name) => ({ name, bytes: new Uint8Array(readFileSync(new URL(name, golden))) }));

described('the golden files on TensorFlow', () => {
  it.each(goldenFiles)("$name holds within the reference's tolerances", { timeout: 120_000 }, async (file) => {
    let checks = 0;
    for await (const { check, error, tolerance } of verifyGolden([file], await open())) {
      expect(error, check).toBeLessThanOrEqual(tolerance);
      checks++;
    }
    expect(checks).toBeGreaterThan(0);
  });
});

/** A few digits of noise. */
const count = 64;
const digits = {
  images: Uint8Array.from({ length: count * 784 }, (_, i) => (128 + 127 * Math.sin(i * 0.7 + (i >> 8))) | 0),
  labels: Uint8Array.from({ length: count }, (_, i) => i % 10),
};
const spec: TrainingSpec = {
  objective: 'ddpm',
  conditioning: 'class',
  sigma: 0.5,
  timesteps: 300,
  schedule: 'linear',
  timeSampling: 'uniform',
  ema: 0,
  width: 8,
  batchSize: 16,
  epochs: 1,
  learningRate: 1e-3,
  learningRateDecay: 0.1,
  dropClass: 0.1,
  seed: 3,
};

/** The losses of some steps; on the way the run may move to another executor. */
async function losses(executor: Executor, steps: number, move?: { at: number; to: Executor }): Promise<number[]> {
  const all = { ...spec, epochs: Math.ceil((steps * 16) / count) };
  let run = await openTraining(executor, all, digits);
  const result: number[] = [];
  while (result.length < steps) {
    if (result.length === move?.at) {
      const checkpoint = await run.checkpoint();
      await run.dispose();
      run = await openTraining(move.to, all, digits, checkpoint);
    }
    result.push((await run.advance()).loss);
  }
  await run.dispose();
  return result;
}

described('training on TensorFlow', () => {
  it('gives the same bits twice', async () => {
    const executor = await open();
    expect(await losses(executor, 6)).toEqual(await losses(executor, 6));
  });

  it("goes on from ONNX Runtime's checkpoint, and ONNX Runtime from its, to the same losses within rounding", async () => {
    const [tensorflow, onnx] = [await open(), await openExecutor('onnx-cpu', { threads })];
    const alone = await losses(onnx, 8);
    for (const [before, after] of [
      [onnx, tensorflow],
      [tensorflow, onnx],
    ] as const) {
      const moved = await losses(before, 8, { at: 4, to: after });
      moved.forEach((loss, step) => expect(loss / alone[step]!, `step ${step}`).toBeCloseTo(1, 3));
      expect(moved).not.toEqual(alone);
    }
  });

  it.each(['ddpm', 'flow'] as const)('resumes to the same bits, the average included: %s', async (objective) => {
    const executor = await open();
    const run = { ...spec, objective, ema: 0.9 };
    const advance = async (training: Training, steps: number): Promise<Checkpoint> => {
      for (let i = 0; i < steps; i++) await training.advance();
      const checkpoint = await training.checkpoint();
      await training.dispose();
      return checkpoint;
    };
    const whole = await advance(await openTraining(executor, run, digits), 4);
    const half = await advance(await openTraining(executor, run, digits), 2);
    expect(await advance(await openTraining(executor, run, digits, half), 2)).toEqual(whole);
  });

  it('keeps the average that the decay defines, and leaves the weights as they are without one', async () => {
    const executor = await open();
    const [averaging, plain] = [
      await openTraining(executor, { ...spec, ema: 0.5 }, digits),
      await openTraining(executor, spec, digits),
    ];
    const names = ['down1.down.conv.weight', 'up1.up.bn.weight', 'down1.down.bn.running_var', 'fc1_t.fc1.weight'];
    const expected = (await plain.checkpoint()).tensors;
    for (let step = 1; step <= 3; step++) {
      await averaging.advance();
      await plain.advance();
      const now = (await plain.checkpoint()).tensors;
      const decay = Math.min(0.5, (1 + step) / (10 + step));
      for (const name of names) expected[name] = expected[name]!.map((v, i) => decay * v + (1 - decay) * now[name]![i]!);
    }
    const checkpoint = await averaging.checkpoint();
    for (const [name, data] of Object.entries((await plain.checkpoint()).tensors))
      expect(checkpoint.tensors[name], name).toEqual(data);
    for (const name of names) expect(relativeError(checkpoint.tensors[averageName(name)]!, expected[name]!)).toBeLessThan(1e-6);
    await averaging.dispose();
    await plain.dispose();
  });
});

described('bfloat16 on TensorFlow', () => {
  let executor: Executor;
  beforeAll(async () => {
    executor = await open('bfloat16');
  });

  /**
   * bfloat16 has 8 bits: a rounding of 2⁻⁹. At D = 4 a BatchNorm of few channels makes much of it: outputs are some percents
   * off. Gradients and parameters after three steps of Adam, which moves each by its sign, say little at that size; the loss
   * over a run does (below).
   */
  const tolerances: readonly (readonly [check: RegExp, tolerance: number])[] = [
    [/^f64\./, 1e-12],
    [/^step \d output$/, 1e-1],
    [/^step \d loss$/, 5e-3],
    [/^running statistics/, 6e-2],
    [/^eval\./, 2e-2],
    [/^(ddpm|flow)\./, 1e-3],
  ];
  it.each(goldenFiles)('$name holds within the tolerances of bfloat16', { timeout: 120_000 }, async (file) => {
    for await (const { check, error } of verifyGolden([file], executor)) {
      const tolerance = tolerances.find(([checks]) => checks.test(check))?.[1];
      if (tolerance !== undefined) expect(error, check).toBeLessThanOrEqual(tolerance);
    }
  });

  it("keeps a short run's loss within 1 % of float32's", async () => {
    const steps = 60;
    const lastHalf = (all: number[]) => all.slice(steps / 2).reduce((a, b) => a + b, 0);
    const [short, whole] = [await losses(executor, steps), await losses(await open(), steps)];
    expect(lastHalf(short) / lastHalf(whole)).toBeGreaterThan(0.99);
    expect(lastHalf(short) / lastHalf(whole)).toBeLessThan(1.01);
    // and that is a loss that fell
    expect(whole.at(-1)).toBeLessThan(0.7 * whole[0]!);
  });
});
