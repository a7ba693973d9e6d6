import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { assembleProgram, GraphBuilder } from '../../graph/builder.ts';
import { sizeOf, type Node, type Program } from '../../graph/graph.ts';
import { initialState } from '../../model/initial-state.ts';
import { ADAM, inferenceProgram, trainingProgram } from '../../model/programs.ts';
import { foldBatchNorm } from '../../model/state.ts';
import type { UnetSpec } from '../../model/unet.ts';
import { normals, uniforms } from '../../random/draws.ts';
import { relativeError } from '../../verification/compare.ts';
import type { Executor, Session, Tensors } from '../executor.ts';
import { openReferenceExecutor } from '../reference/executor.ts';
import { openOnnxExecutor } from './executor.ts';

const open: Session[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((session) => session.dispose()));
});

async function compile<Name extends string>(programs: Readonly<Record<Name, Program>>, threads = 1): Promise<Session<Name>> {
  const session = await (await openOnnxExecutor('onnx-cpu', { threads })).compile(programs);
  open.push(session);
  return session;
}

/** Two parameters that Adam moves towards the mean of what is fed, and a count of the calls. */
function training(batch: number): Program {
  const g = new GraphBuilder();
  const x = g.input('x', [batch, 3]);
  const scalars = { learningRate: g.constant(0.1), correction1: g.constant(1), correction2: g.constant(1) };
  const updates: Record<string, ReturnType<GraphBuilder['constant']>> = {};
  for (const name of ['a', 'b']) {
    const parameter = g.state(name, [1, 3]);
    const [m, v] = [g.state(`m.${name}`, [1, 3]), g.state(`v.${name}`, [1, 3])];
    const gradient = g.sub(parameter, g.mean(x, [0], true));
    const next = g.adam({ parameter, m, v, gradient }, scalars, ADAM);
    Object.assign(updates, { [name]: next.parameter, [`m.${name}`]: next.m, [`v.${name}`]: next.v });
  }
  const calls = g.state('calls', []);
  updates['calls'] = g.add(calls, g.constant(1));
  return assembleProgram({ sum: g.add(g.state('a', [1, 3]), g.state('b', [1, 3])) }, updates);
}
const start = (): Tensors => {
  const states: Tensors = { calls: Float32Array.of(0), a: Float32Array.of(1, 2, 3), b: Float32Array.of(4, 5, 6) };
  for (const name of ['m.a', 'm.b', 'v.a', 'v.b']) states[name] = new Float32Array(3).fill(name.startsWith('v') ? 1 : 0.5);
  return states;
};

/** Inputs of a UNet's training step; the same for the same step. */
function unetInputs(program: Program, step: number): Tensors {
  return Object.fromEntries(
    Object.entries(program.inputs).map(([name, { shape }]) => {
      const size = sizeOf(shape);
      if (name === 'learningRate') return [name, Float32Array.of(1e-3)];
      if (name === 'correction1') return [name, Float32Array.of(1 / (1 - ADAM.beta1 ** step))];
      if (name === 'emaRate') return [name, Float32Array.of(0.3)];
      if (name === 'correction2') return [name, Float32Array.of(1 / (1 - ADAM.beta2 ** step))];
      const at = { seed: 3, stream: 'noise', step: 10 * step + name.length } as const;
      return [name, name === 't' ? Float32Array.from(uniforms(new Float64Array(size), at)) : normals(new Float32Array(size), at)];
    }),
  );
}
const trainingStart = (spec: UnetSpec, program: Program): Tensors => {
  const initial = initialState(spec, 5);
  return Object.fromEntries(
    Object.entries(program.states).map(([name, { shape }]) => [name, initial[name] ?? new Float32Array(sizeOf(shape))]),
  );
};

describe('a session', () => {
  it('keeps states between calls and gives back what was loaded', async () => {
    const session = await compile({ step: training(2) });
    await session.load(start());
    expect(await session.read()).toEqual(start());
    await session.load({ a: Float32Array.of(7, 8, 9) });
    expect(await session.read(['a', 'b'])).toEqual({ a: Float32Array.of(7, 8, 9), b: Float32Array.of(4, 5, 6) });
    const inputs = { x: new Float32Array(6) };
    for (let i = 0; i < 3; i++) await session.run('step', inputs);
    expect(await session.read(['calls'])).toEqual({ calls: Float32Array.of(3) });
  });

  it('trains as the reference does, with programs that share states', async () => {
    const programs = { full: training(4), last: training(3) };
    const sessions = [await compile(programs), await openReferenceExecutor().compile(programs)];
    const results: Tensors[] = [];
    for (const session of sessions) {
      await session.load(start());
      for (const [name, rows] of [
        ['full', 4],
        ['last', 3],
        ['full', 4],
      ] as const) {
        const x = normals(new Float32Array(3 * rows), { seed: 1, stream: 'noise', step: rows });
        results.push(await session.run(name, { x }));
      }
      results.push(await session.read());
    }
    const [ours, theirs] = [results.slice(0, 4), results.slice(4)];
    ours.forEach((tensors, i) => {
      expect(Object.keys(tensors).sort()).toEqual(Object.keys(theirs[i]!).sort());
      for (const [name, data] of Object.entries(tensors)) expect(relativeError(data, theirs[i]![name]!), name).toBeLessThan(1e-6);
    });
  });

  it('keeps optimizers apart whose programs move different states', async () => {
    const g = new GraphBuilder();
    const scalars = { learningRate: g.constant(0.1), correction1: g.constant(1), correction2: g.constant(1) };
    const states = { parameter: g.state('a', [1, 3]), m: g.state('m.a', [1, 3]), v: g.state('v.a', [1, 3]) };
    const next = g.adam({ ...states, gradient: g.input('gradient', [1, 3]) }, scalars, ADAM);
    const alone = assembleProgram({}, { a: next.parameter, 'm.a': next.m, 'v.a': next.v });
    const session = await compile({ both: training(2), alone });
    await session.load(start());
    await session.run('alone', { gradient: Float32Array.of(1, 1, 1) });
    const { b, a } = await session.read(['a', 'b']);
    expect(b).toEqual(start()['b']);
    expect(a![0]).toBeCloseTo(1 - (0.1 * 0.55) / Math.sqrt(1), 5);
  });

  it('leaves the arrays it was given alone, and keeps no hold on those it gives', async () => {
    const session = await compile({ step: training(2) });
    const states = start();
    await session.load(states);
    const x = Float32Array.of(1, 2, 3, 4, 5, 6);
    const first = await session.run('step', { x });
    const kept = first['sum']!.slice();
    await session.run('step', { x });
    expect(states).toEqual(start());
    expect(x).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6));
    expect(first['sum']).toEqual(kept);
  });

  it('refuses what it does not know or has not got', async () => {
    const session = await compile({ step: training(2) });
    const x = new Float32Array(6);
    await expect(session.run('step', { x })).rejects.toThrow('state a is not loaded');
    await expect(session.read(['a'])).rejects.toThrow('state a is not loaded');
    await expect(session.read(['nobody'])).rejects.toThrow('no program has a state nobody');
    await expect(session.load({ nobody: x })).rejects.toThrow('no program has a state nobody');
    await expect(session.load({ a: x })).rejects.toThrow('state a of [1, 3] needs 3 numbers, not 6');
    await session.load(start());
    await expect(session.run('step', {})).rejects.toThrow('input x is missing');
    await expect(session.run('step', { x: new Float32Array(5) })).rejects.toThrow('input x of [2, 3] needs 6 numbers, not 5');
  });

  it('is dead after its disposal', async () => {
    const session = await compile({ step: training(2) });
    open.pop();
    await session.load(start());
    await session.dispose();
    await expect(session.read()).rejects.toThrow('ONNX Runtime failed: the session is disposed.');
  });
});

describe('the executor', () => {
  it('refuses an op that its table lacks, by name', async () => {
    const g = new GraphBuilder();
    const y = g.gelu(g.input('x', [2]));
    const foreign = { ...y.node, op: 'fourier' } as unknown as Node;
    const program = { ...assembleProgram({ y }), nodes: [...assembleProgram({ y }).nodes.slice(0, -1), foreign] };
    await expect(compile({ program })).rejects.toMatchObject({
      code: 'device',
      message: "ONNX Runtime's lowering has no row for the op fourier.",
    });
  });

  it('refuses programs that give one state two shapes', async () => {
    const other = new GraphBuilder();
    const program = assembleProgram({ y: other.gelu(other.state('a', [4])) });
    await expect(compile({ step: training(2), program })).rejects.toThrow('state a is [1, 3] in one program and [4] in program');
  });

  it('leaves the event loop free while it computes', async () => {
    const g = new GraphBuilder();
    let x = g.input('x', [512, 512]);
    for (let i = 0; i < 40; i++) x = g.matmul(x, x);
    const session = await compile({ product: assembleProgram({ x }) });
    let turns = 0;
    const running = session.run('product', { x: new Float32Array(512 * 512) });
    const counting = setInterval(() => turns++, 1);
    await running;
    clearInterval(counting);
    expect(turns).toBeGreaterThan(3);
  });
});

describe('a process that ends in the middle of a call', () => {
  it.each([
    ['process.exit(3)', 3],
    ["throw new Error('seen')", 1],
  ])('ends as it should by %s', async (end, code) => {
    const from = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
    const script = `
      import { assembleProgram, GraphBuilder } from ${from('../../graph/builder.ts')};
      import { openOnnxExecutor } from ${from('./executor.ts')};
      const g = new GraphBuilder();
      let x = g.input('x', [512, 512]);
      for (let i = 0; i < 40; i++) x = g.matmul(x, x);
      const session = await (await openOnnxExecutor('onnx-cpu', { threads: 1 })).compile({ product: assembleProgram({ x }) });
      session.run('product', { x: new Float32Array(512 * 512) });
      setTimeout(() => { ${end}; }, 30);`;
    const folder = await mkdtemp(join(tmpdir(), 'from-noise-'));
    try {
      const file = join(folder, 'script.mjs');
      await writeFile(file, script);
      const ended = await new Promise((resolve) => {
        execFile(process.execPath, [file], (error) => resolve(error?.code));
      });
      expect(ended).toBe(code);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe.each(['assigned', 'improved'] as const)('the %s UNet on ONNX Runtime, at a width that fills blocks', (model) => {
  const spec: UnetSpec = { conditioning: 'class', width: 16, model };

  it('gives the losses, outputs, gradients and states of the reference', { timeout: 120_000 }, async () => {
    const program = trainingProgram(spec, 2, { gradients: true, ema: true });
    const outputs: Tensors[] = [];
    const states: Tensors[] = [];
    const reference: Session = await openReferenceExecutor().compile({ program });
    for (const session of [await compile({ program }), reference]) {
      await session.load(trainingStart(spec, program));
      outputs.push(await session.run('program', unetInputs(program, 1)));
      states.push(await session.read());
    }
    const [actual, expected] = outputs as [Tensors, Tensors];
    for (const [name, data] of Object.entries(expected))
      expect(relativeError(actual[name]!, data), name).toBeLessThan(name.startsWith('gradient.') ? 6e-5 : 2e-5);
    for (const [name, data] of Object.entries(states[1]!))
      if (/^(?!ema).*running|^adam/.test(name)) expect(relativeError(states[0]![name]!, data), name).toBeLessThan(1e-4);
    // Adam's first step goes by the gradient's sign, which may differ where it is near 0: so the average is of its own weights
    for (const own of states)
      for (const [name, data] of Object.entries(own)) {
        const of = own[name.replace(/^ema\./, '')]!;
        if (of !== data)
          expect(
            relativeError(
              data,
              of.map((v) => 0.3 * v),
            ),
            name,
          ).toBeLessThan(1e-6);
      }
  });

  it('gives the reference output in inference, with the biases inside the convolutions', async () => {
    const program = inferenceProgram(spec, 2);
    const folded = foldBatchNorm(spec, initialState(spec, 5));
    const inputs = unetInputs(program, 1);
    const outputs: Tensors[] = [];
    for (const session of [await compile({ program }), await openReferenceExecutor().compile({ program })]) {
      await session.load(folded);
      outputs.push(await session.run('program', inputs));
    }
    expect(relativeError(outputs[0]!['output']!, outputs[1]!['output']!)).toBeLessThan(2e-5);
  });

  it('repeats itself to the bit on the same number of threads', async () => {
    const program = trainingProgram(spec, 16);
    const runs: Tensors[] = [];
    for (let i = 0; i < 2; i++) {
      const session = await compile({ program }, 2);
      await session.load(trainingStart(spec, program));
      for (let step = 1; step <= 3; step++) await session.run('program', unetInputs(program, step));
      runs.push(await session.read());
    }
    expect(runs[1]).toEqual(runs[0]);
  });
});

describe('memory', () => {
  it('does not grow from step to step', async () => {
    // inputs of 1 MB, states and outputs of 256 KB: any of them kept at each step would be 200 MB and more in the end
    const g = new GraphBuilder();
    const x = g.input('x', [256, 1024]);
    const w = g.state('w', [1024, 64]);
    const scalars = { learningRate: g.constant(0.01), correction1: g.constant(1), correction2: g.constant(1) };
    const gradient = g.matmul(x, g.matmul(x, w), { transposeA: true });
    const states = { parameter: w, m: g.state('m', w.shape), v: g.state('v', w.shape) };
    const next = g.adam({ ...states, gradient }, scalars, ADAM);
    const program = assembleProgram({ gradient }, { w: next.parameter, m: next.m, v: next.v });
    const session = await compile({ program });
    await session.load(Object.fromEntries(['w', 'm', 'v'].map((name) => [name, new Float32Array(1024 * 64)])));
    const inputs = { x: new Float32Array(256 * 1024) };
    /** the least resident memory over a hundred steps, which the garbage collector's rhythm doesn't touch */
    const hundredSteps = async (): Promise<number> => {
      let least = Infinity;
      for (let step = 0; step < 100; step++) {
        await session.run('program', inputs);
        least = Math.min(least, process.memoryUsage.rss());
      }
      return least;
    };
    await hundredSteps();
    const early = await hundredSteps();
    for (let i = 0; i < 7; i++) await hundredSteps();
    expect((await hundredSteps()) - early).toBeLessThan(120e6);
  });

  it('of one program goes to the next where they seldom change', async () => {
    // each call fills 240 MB on its way from the small x to the small sum
    const g = (width: number) => {
      const graph = new GraphBuilder();
      const wide = graph.matmul(graph.input('x', [10_000, 1]), graph.input('row', [1, width]));
      return assembleProgram({ sum: graph.sum(graph.mul(wide, graph.add(wide, graph.constant(1))), [0, 1]) });
    };
    const session = await compile({ first: g(3000), second: g(3001) });
    const run = (name: 'first' | 'second', width: number) =>
      session.run(name, { x: new Float32Array(10_000), row: new Float32Array(width) });
    const before = process.memoryUsage.rss();
    for (let i = 0; i < 8; i++) await run('first', 3000);
    const one = process.memoryUsage.rss() - before;
    await run('second', 3001);
    expect(process.memoryUsage.rss() - before).toBeLessThan(1.5 * one);
    // and back again: what was released is made anew
    expect((await run('first', 3000))['sum']).toEqual(Float32Array.of(0));
  });
});

describe('availability', () => {
  it('names engine and version', async () => {
    const executor: Executor = await openOnnxExecutor('onnx-cpu', { threads: 1 });
    expect(executor).toMatchObject({ device: 'onnx-cpu', engine: 'ONNX Runtime 1.30.0' });
  });
});
