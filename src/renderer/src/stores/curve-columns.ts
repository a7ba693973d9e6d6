import type { MetricColumns } from '#contract/metrics.ts';

type Column = Int32Array<ArrayBuffer> | Float32Array<ArrayBuffer>;

/** A typed array that grows at its end; its views stay valid, and what they show stays as it is. */
class Growing<T extends Column> {
  length = 0;
  private data: T;
  private readonly make: (length: number) => T;
  constructor(make: (length: number) => T) {
    this.make = make;
    this.data = make(1024);
  }
  push(values: Int32Array | Float32Array): void {
    if (this.length + values.length > this.data.length) {
      const larger = this.make(Math.max(this.data.length * 2, this.length + values.length));
      larger.set(this.view());
      this.data = larger;
    }
    this.data.set(values, this.length);
    this.length += values.length;
  }
  /** Drops the end. What comes in its place is written to other memory. */
  cut(length: number): void {
    if (length >= this.length) return;
    const kept = this.make(Math.max(1024, length));
    kept.set(this.data.subarray(0, length));
    this.data = kept;
    this.length = length;
  }
  view(): T {
    return this.data.subarray(0, this.length) as T;
  }
}
const ints = () => new Growing((n) => new Int32Array(n));
const floats = () => new Growing((n) => new Float32Array(n));

/** First index whose step is above `step`; steps ascend. */
function after(steps: Int32Array, step: number): number {
  let index = steps.length;
  while (index > 0 && steps[index - 1]! > step) index--;
  return index;
}

/** The metrics of one run as they come in: columns that grow without being copied at every event. */
export class CurveColumns {
  private readonly steps = ints();
  private readonly losses = floats();
  /** four a step; stays empty where the objective has no t */
  private readonly quarterLosses = floats();
  private readonly learningRates = floats();
  private readonly seconds = floats();
  private readonly testSteps = ints();
  private readonly testLosses = floats();

  get lastStep(): number {
    return this.steps.length === 0 ? 0 : this.steps.view()[this.steps.length - 1]!;
  }
  /** Adds what is newer than what is held; false when steps between are missing, and nothing was added. */
  append(columns: MetricColumns): boolean {
    const last = this.lastStep;
    const from = columns.steps.findIndex((step) => step > last);
    if (from >= 0) {
      if (columns.steps[from]! > last + 1) return false;
      this.steps.push(columns.steps.subarray(from));
      this.losses.push(columns.losses.subarray(from));
      if (columns.quarterLosses !== undefined) this.quarterLosses.push(columns.quarterLosses.subarray(4 * from));
      this.learningRates.push(columns.learningRates.subarray(from));
      this.seconds.push(columns.seconds.subarray(from));
    }
    const lastTest = this.testSteps.length === 0 ? 0 : this.testSteps.view()[this.testSteps.length - 1]!;
    const fromTest = columns.testSteps.findIndex((step) => step > lastTest);
    if (fromTest >= 0) {
      this.testSteps.push(columns.testSteps.subarray(fromTest));
      this.testLosses.push(columns.testLosses.subarray(fromTest));
    }
    return true;
  }
  /** Drops everything after a step. */
  cut(step: number): void {
    const length = after(this.steps.view(), step);
    for (const column of [this.steps, this.losses, this.learningRates, this.seconds]) column.cut(length);
    this.quarterLosses.cut(4 * length);
    const tests = after(this.testSteps.view(), step);
    for (const column of [this.testSteps, this.testLosses]) column.cut(tests);
  }
  /** Views of the columns as they are now. */
  view(): MetricColumns {
    return {
      steps: this.steps.view(),
      losses: this.losses.view(),
      ...(this.quarterLosses.length > 0 && { quarterLosses: this.quarterLosses.view() }),
      learningRates: this.learningRates.view(),
      seconds: this.seconds.view(),
      testSteps: this.testSteps.view(),
      testLosses: this.testLosses.view(),
    };
  }
}
