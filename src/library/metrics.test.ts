import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, open, readFile, rm, truncate, writeFile, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { EpochMetric, MetricColumns, StepMetric } from '#contract/metrics.ts';
import { cutMetrics, openMetricsWriter, readMetrics, tailMetrics } from './metrics.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'from-noise-metrics-'));
  file = join(folder, 'metrics.jsonl');
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

const EPOCH = 10;
const stepMetric = (step: number): StepMetric => ({
  step,
  epoch: Math.ceil(step / EPOCH),
  loss: 0.2 / step,
  learningRate: 1e-4,
  seconds: step * 0.3 + Math.random(),
});
const testMetric = (step: number): EpochMetric => ({ step, epoch: step / EPOCH, testLoss: 0.1 / step });
/** Lines of steps first … last, with a test loss behind every epoch. */
const linesOf = (first: number, last: number): string[] => {
  const lines: string[] = [];
  for (let step = first; step <= last; step++) {
    lines.push(JSON.stringify(stepMetric(step)));
    if (step % EPOCH === 0) lines.push(JSON.stringify(testMetric(step)));
  }
  return lines;
};
const textOf = (first: number, last: number): string =>
  linesOf(first, last)
    .map((l) => `${l}\n`)
    .join('');
const stepsOf = (columns: MetricColumns): number[] => [...columns.steps];
const range = (first: number, last: number): number[] => Array.from({ length: last - first + 1 }, (_, i) => first + i);

describe('the writer', () => {
  it('writes lines that read back as columns', async () => {
    const writer = await openMetricsWriter(file);
    for (const step of range(1, 10)) writer.append(stepMetric(step));
    writer.append(testMetric(10));
    await writer.close();
    const columns = await readMetrics(file);
    expect(stepsOf(columns)).toEqual(range(1, 10));
    expect(columns.losses).toEqual(Float32Array.from(range(1, 10), (s) => 0.2 / s));
    expect(columns.learningRates[9]).toBe(Math.fround(1e-4));
    expect(Math.floor(columns.seconds[9]!)).toBe(3);
    expect([columns.testSteps, columns.testLosses]).toEqual([Int32Array.of(10), Float32Array.of(0.01)]);
  });
  it('keeps the losses by quarter of t, and says nothing of them where there are none', async () => {
    const writer = await openMetricsWriter(file);
    writer.append({ ...stepMetric(1), quarters: [0.1, null, 0.3, 0.4] });
    writer.append({ ...stepMetric(2), quarters: [0.5, 0.6, 0.7, 0.8] });
    await writer.close();
    expect((await readMetrics(file)).quarterLosses).toEqual(Float32Array.of(0.1, NaN, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8));
    await writeFile(file, textOf(1, 3));
    expect(await readMetrics(file)).not.toHaveProperty('quarterLosses');
  });
  it('puts a line into the file by itself, soon', async () => {
    const writer = await openMetricsWriter(file);
    writer.append(stepMetric(1));
    await expect.poll(() => readFile(file, 'utf8'), { timeout: 2000, interval: 20 }).toMatch(/\n$/);
    await writer.close();
  });
  it('goes on behind what is there, and cuts a line that a dead writer left torn', async () => {
    await writeFile(file, `${textOf(1, 5)}{"step":6,"lo`);
    const writer = await openMetricsWriter(file);
    writer.append(stepMetric(6));
    await writer.close();
    expect(stepsOf(await readMetrics(file))).toEqual(range(1, 6));
    expect(await readFile(file, 'utf8')).toMatch(/^(\{.*\}\n){6}$/);
  });
  it('keeps a loss that is no number any more', async () => {
    const writer = await openMetricsWriter(file);
    writer.append({ ...stepMetric(1), loss: NaN });
    writer.append({ ...stepMetric(2), loss: Infinity });
    await writer.close();
    expect((await readMetrics(file)).losses).toEqual(Float32Array.of(NaN, NaN));
  });
  it('tells the next caller that the disk is full', async () => {
    const handle = await open(file, 'a');
    const prototype = Object.getPrototypeOf(handle) as FileHandle;
    await handle.close();
    const writer = await openMetricsWriter(file);
    vi.spyOn(prototype, 'appendFile').mockRejectedValue(Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' }));
    writer.append(stepMetric(1));
    const full = { code: 'disk-full', message: expect.stringContaining(file) as string };
    await expect(writer.flush()).rejects.toMatchObject(full);
    expect(() => writer.append(stepMetric(2))).toThrow(expect.objectContaining(full) as Error);
    await expect(writer.close()).rejects.toMatchObject(full);
  });
  it('loses at most the last moment when it is killed, and no line in the middle', async () => {
    const source = `
      import { openMetricsWriter } from ${JSON.stringify(join(import.meta.dirname, 'metrics.ts'))};
      const writer = await openMetricsWriter(process.argv[1]);
      for (let step = 1; ; step++) {
        writer.append({ step, epoch: 1, loss: 1, learningRate: 1, seconds: step });
        if (step % 50 === 0) { await writer.flush(); process.stdout.write('.'); }
      }`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', source, file], { stdio: ['ignore', 'pipe', 'inherit'] });
    let flushed = 0;
    child.stdout.on('data', (dots: Buffer) => (flushed += dots.length));
    await expect.poll(() => flushed, { timeout: 10_000, interval: 5 }).toBeGreaterThan(3);
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
    const steps = stepsOf(await readMetrics(file));
    expect(steps).toEqual(range(1, steps.length));
    expect(steps.length).toBeGreaterThanOrEqual(flushed * 50);
  });
});

describe('readMetrics', () => {
  it('is empty before the first line', async () => {
    expect(stepsOf(await readMetrics(file))).toEqual([]);
  });
  it('gives the complete prefix wherever the file is cut', async () => {
    const text = Buffer.from(textOf(1, 25));
    await fc.assert(
      fc.asyncProperty(fc.nat(text.length), async (length) => {
        await writeFile(file, text.subarray(0, length));
        const whole = text.toString('utf8', 0, length).split('\n').slice(0, -1);
        const columns = await readMetrics(file);
        expect(columns.steps.length + columns.testSteps.length).toBe(whole.length);
        expect(stepsOf(columns)).toEqual(range(1, columns.steps.length));
      }),
      { numRuns: 100 },
    );
  });
  it('passes over lines that are no metrics', async () => {
    await writeFile(file, `${textOf(1, 2)}\0\0\0\0\n[1]\nnull\n{"step":"3"}\n${textOf(3, 4)}`);
    expect(stepsOf(await readMetrics(file))).toEqual([1, 2, 3, 4]);
  });
  it('reads a hundred thousand steps in a moment', async () => {
    await writeFile(file, textOf(1, 100_000));
    const start = performance.now();
    const columns = await readMetrics(file);
    const took = performance.now() - start;
    expect(columns.steps.length).toBe(100_000);
    // 90 ms on two cores of 2023; the margin is for a busy machine
    expect(took).toBeLessThan(1500);
  });
});

describe('cutMetrics', () => {
  it('takes away what comes after a step, and keeps the test loss of the step itself', async () => {
    await writeFile(file, textOf(1, 35));
    await cutMetrics(file, 20);
    const columns = await readMetrics(file);
    expect(stepsOf(columns)).toEqual(range(1, 20));
    expect([...columns.testSteps]).toEqual([10, 20]);
  });
  it('takes a torn line away too, and leaves a shorter file as it is', async () => {
    await writeFile(file, `${textOf(1, 5)}{"step":6`);
    await cutMetrics(file, 100);
    expect(await readFile(file, 'utf8')).toMatch(/\}\n$/);
    const before = await readFile(file, 'utf8');
    await cutMetrics(file, 5);
    expect(await readFile(file, 'utf8')).toBe(before);
  });
  it('to step 0 leaves nothing, and needs no file', async () => {
    await cutMetrics(file, 0);
    await writeFile(file, textOf(1, 5));
    await cutMetrics(file, 0);
    expect(await readFile(file, 'utf8')).toBe('');
  });
});

describe('the tail', () => {
  it('gives each line once, whatever pieces the file grows by', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 400 }), { maxLength: 25 }), async (pieces) => {
        await rm(file, { force: true });
        const text = Buffer.from(textOf(1, 25));
        const tail = tailMetrics(file);
        const seen: number[] = [];
        let at = 0;
        for (const piece of [...pieces, text.length]) {
          await appendFile(file, text.subarray(at, at + piece));
          at += piece;
          const { columns, cut } = await tail.poll();
          expect(cut).toBeUndefined();
          seen.push(...stepsOf(columns));
        }
        expect(seen).toEqual(range(1, 25));
      }),
      { numRuns: 60 },
    );
  });
  it('has nothing to tell without a file, or without news', async () => {
    const tail = tailMetrics(file);
    expect((await tail.poll()).cut).toBeUndefined();
    await writeFile(file, textOf(1, 3));
    expect(stepsOf((await tail.poll()).columns)).toEqual([1, 2, 3]);
    const { columns, cut } = await tail.poll();
    expect([stepsOf(columns), cut]).toEqual([[], undefined]);
  });
  it('sees a cut and gives what holds instead', async () => {
    const tail = tailMetrics(file);
    await writeFile(file, textOf(1, 30));
    await tail.poll();
    await cutMetrics(file, 20);
    const { columns, cut } = await tail.poll();
    expect([cut, stepsOf(columns)]).toEqual([0, range(1, 20)]);
    await appendFile(file, textOf(21, 22));
    expect(await tail.poll()).toMatchObject({ cut: undefined, columns: { steps: Int32Array.of(21, 22) } });
  });
  it('sees a cut also when the file has grown past it before the next look', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 0, max: 29 }),
        fc.integer({ min: 0, max: 40 }),
        async (until, to, more) => {
          await writeFile(file, textOf(1, until));
          const tail = tailMetrics(file);
          await tail.poll();
          const step = Math.min(to, until - 1);
          await cutMetrics(file, step);
          await appendFile(file, textOf(step + 1, step + more));
          const { columns, cut } = await tail.poll();
          expect(cut).toBe(0);
          expect(stepsOf(columns)).toEqual(range(1, step + more));
        },
      ),
      { numRuns: 60 },
    );
  });
  it('sees that the file is gone', async () => {
    const tail = tailMetrics(file);
    await writeFile(file, textOf(1, 3));
    await tail.poll();
    await rm(file);
    expect(await tail.poll()).toMatchObject({ cut: 0 });
    await writeFile(file, textOf(1, 1));
    expect(stepsOf((await tail.poll()).columns)).toEqual([1]);
  });
  it('waits for the rest of a torn line', async () => {
    const tail = tailMetrics(file);
    const text = textOf(1, 2);
    await writeFile(file, text);
    await truncate(file, text.length - 5);
    expect(stepsOf((await tail.poll()).columns)).toEqual([1]);
    await appendFile(file, text.slice(-5));
    expect(stepsOf((await tail.poll()).columns)).toEqual([2]);
  });
});
