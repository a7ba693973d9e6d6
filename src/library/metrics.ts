import { open, readFile, truncate, type FileHandle } from 'node:fs/promises';
import type { EpochMetric, MetricColumns, StepMetric } from '#contract/metrics.ts';
import { diskError, systemCode } from './disk-error.ts';

/** Longest time that a line waits before it is in the file. */
const FLUSH_MS = 200;
const NEWLINE = 0x0a;

/** Appends lines to metrics.jsonl; owned by the one process that writes the run. */
export interface MetricsWriter {
  /** Adds a line; it is in the file 200 ms later. Throws what an earlier write failed with. */
  append(metric: StepMetric | EpochMetric): void;
  /** Puts all lines on the disk itself: before a checkpoint, so that the metrics are never behind it. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** Opens metrics.jsonl for appending, and cuts a last line that a dead writer left torn. Throws StudioError `disk-full` or `library`. */
export async function openMetricsWriter(file: string): Promise<MetricsWriter> {
  let handle: FileHandle;
  try {
    handle = await open(file, 'a');
    const bytes = await readFile(file);
    await handle.truncate(bytes.lastIndexOf(NEWLINE) + 1);
  } catch (error) {
    throw diskError(error, 'write', file);
  }
  let waiting: string[] = [];
  let timer: NodeJS.Timeout | undefined;
  let failure: Error | undefined;
  let written = Promise.resolve();

  /** Writes what waits, after what is being written. A failure is kept for the next caller. */
  function write(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    const text = waiting.join('');
    waiting = [];
    written = written.then(async () => {
      if (failure !== undefined || text === '') return;
      try {
        await handle.appendFile(text);
      } catch (error) {
        failure = diskError(error, 'write', file, text.length);
      }
    });
    return written;
  }
  async function flush(): Promise<void> {
    await write();
    if (failure !== undefined) throw failure;
    await handle.datasync();
  }
  return {
    append(metric) {
      if (failure !== undefined) throw failure;
      waiting.push(`${JSON.stringify(metric)}\n`);
      timer ??= setTimeout(() => void write(), FLUSH_MS);
    },
    flush,
    async close() {
      try {
        await flush();
      } finally {
        await handle.close();
      }
    },
  };
}

/** Lines as they come, in arrays that grow. */
interface GrowingColumns {
  steps: number[];
  losses: number[];
  quarterLosses: number[];
  learningRates: number[];
  seconds: number[];
  testSteps: number[];
  testLosses: number[];
}
const noColumns = (): GrowingColumns => ({
  steps: [],
  losses: [],
  quarterLosses: [],
  learningRates: [],
  seconds: [],
  testSteps: [],
  testLosses: [],
});
const typed = (c: GrowingColumns): MetricColumns => ({
  steps: Int32Array.from(c.steps),
  losses: Float32Array.from(c.losses),
  ...(c.quarterLosses.length > 0 && { quarterLosses: Float32Array.from(c.quarterLosses) }),
  learningRates: Float32Array.from(c.learningRates),
  seconds: Float32Array.from(c.seconds),
  testSteps: Int32Array.from(c.testSteps),
  testLosses: Float32Array.from(c.testLosses),
});

/** JSON has no NaN: a loss that is no number any more is written as null. */
const numberOf = (value: unknown): number => (typeof value === 'number' ? value : NaN);

/** The line as a record with a step, or undefined for what isn't one: a torn line, zeros that a power cut left. */
function parseLine(line: string): (Record<string, unknown> & { step: number }) | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || !('step' in value) || typeof value.step !== 'number') return undefined;
  return value as Record<string, unknown> & { step: number };
}

function parseLines(text: string): MetricColumns {
  const columns = noColumns();
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const metric = parseLine(line);
    if (metric === undefined) continue;
    if ('testLoss' in metric) {
      columns.testSteps.push(metric.step);
      columns.testLosses.push(numberOf(metric['testLoss']));
    } else {
      columns.steps.push(metric.step);
      columns.losses.push(numberOf(metric['loss']));
      const quarters = metric['quarters'];
      if (Array.isArray(quarters)) for (let q = 0; q < 4; q++) columns.quarterLosses.push(numberOf(quarters[q]));
      columns.learningRates.push(numberOf(metric['learningRate']));
      columns.seconds.push(numberOf(metric['seconds']));
    }
  }
  return typed(columns);
}

/** The file's bytes; none when it isn't there yet. */
async function bytesOf(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return Buffer.alloc(0);
    throw diskError(error, 'read', file);
  }
}

/** All metrics of a run. A torn last line is left out, and so is any line that isn't a metric. */
export async function readMetrics(file: string): Promise<MetricColumns> {
  const bytes = await bytesOf(file);
  return parseLines(bytes.toString('utf8', 0, bytes.lastIndexOf(NEWLINE) + 1));
}

/** Takes away everything after a step: the run goes on from there. Steps ascend in the file. */
export async function cutMetrics(file: string, step: number): Promise<void> {
  const bytes = await bytesOf(file);
  let at = 0;
  for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, at)) {
    const line = parseLine(bytes.toString('utf8', at, end));
    if (line !== undefined && line.step > step) break;
    at = end + 1;
  }
  if (at === bytes.length) return;
  await truncate(file, at).catch((error: unknown) => {
    throw diskError(error, 'write', file);
  });
}

/** Follows metrics.jsonl while another process writes it. */
export interface MetricsTail {
  /**
   * What is new since the last poll. `cut` is there when lines that were given before are void: everything after
   * that step is, and what holds instead is in `columns`. Calls must not overlap.
   */
  poll(): Promise<{ columns: MetricColumns; cut: number | undefined }>;
}

/** So many bytes before the place reached are remembered, to see that the file was cut and has grown again past it. */
const MEMORY = 256;

export function tailMetrics(file: string): MetricsTail {
  let offset = 0;
  let memory: Buffer = Buffer.alloc(0);

  /** Bytes from `offset - memory.length`; none when the file isn't there. */
  async function readOn(from: number): Promise<Buffer> {
    let handle: FileHandle;
    try {
      handle = await open(file, 'r');
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return Buffer.alloc(0);
      throw diskError(error, 'read', file);
    }
    try {
      const { size } = await handle.stat();
      const bytes = Buffer.alloc(Math.max(0, size - from));
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, from);
      return bytes.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  }

  return {
    async poll() {
      let bytes = await readOn(offset - memory.length);
      let cut: number | undefined;
      if (bytes.compare(memory, 0, memory.length, 0, Math.min(bytes.length, memory.length)) !== 0) {
        cut = 0;
        offset = 0;
        memory = Buffer.alloc(0);
        bytes = await readOn(0);
      }
      const end = bytes.lastIndexOf(NEWLINE) + 1;
      if (end <= memory.length) return { columns: parseLines(''), cut };
      const columns = parseLines(bytes.toString('utf8', memory.length, end));
      offset += end - memory.length;
      memory = Buffer.from(bytes.subarray(Math.max(0, end - MEMORY), end));
      return { columns, cut };
    },
  };
}
