/** The training of a run, step by step: algorithms B.1 and B.3. Any step can be the first, from a checkpoint. */
import { EngineError } from '../error.ts';
import type { Executor, Session, Tensors } from '../executors/executor.ts';
import { sizeOf, type Program, type Shape } from '../graph/graph.ts';
import { initialState } from '../model/initial-state.ts';
import { ADAM, averageName, momentNames, trainingProgram } from '../model/programs.ts';
import { importState, pick } from '../model/state.ts';
import { stateParts, type UnetSpec } from '../model/unet.ts';
import { lossesByQuarter } from './quarters.ts';
import { batches, type Batch, type Digits, type TrainingSpec } from './batches.ts';

export type { Digits, TrainingSpec } from './batches.ts';

/**
 * All that a resume needs beside the recipe: the finished steps, and by name the state dict (idle biases as zeros),
 * `adam.m.*` and `adam.v.*`, and where the run keeps an average, the same of it as `ema.*`.
 */
export interface Checkpoint {
  step: number;
  tensors: Tensors;
}

/** What one step did. */
export interface StepResult {
  /** finished steps, this one included */
  step: number;
  /** from 1 */
  epoch: number;
  /** mean over the batch, before the step's update */
  loss: number;
  /** the same for the images of each quarter of t (lossesByQuarter); absent where the objective has no t */
  quarters?: (number | null)[];
  learningRate: number;
  /** images in the batch */
  images: number;
}

/** A run in training. Calls must not overlap. */
export interface Training {
  readonly stepsPerEpoch: number;
  readonly totalSteps: number;
  /** finished steps */
  readonly step: number;
  /** Trains one step; prepares the next batch while the device works. Throws after the last step. */
  advance(): Promise<StepResult>;
  /** The state after `step` steps; the arrays are the caller's to keep. */
  checkpoint(): Promise<Checkpoint>;
  dispose(): Promise<void>;
}

/** The learning rate of an epoch, from 0: it falls by learningRateDecay over the run, in equal ratios after every epoch. */
export const learningRateAt = (
  spec: Pick<TrainingSpec, 'learningRate' | 'learningRateDecay' | 'epochs'>,
  finishedEpochs: number,
): number => spec.learningRate * spec.learningRateDecay ** (finishedEpochs / spec.epochs);

/** Names to shapes of Adam's moments. */
function momentShapes(spec: UnetSpec): Map<string, Shape> {
  return new Map(
    [...stateParts(spec).trained].flatMap(([name, shape]) => Object.values(momentNames(name)).map((moment) => [moment, shape])),
  );
}

/** Adam's moments before the first step. */
export const startingMoments = (spec: UnetSpec): Tensors =>
  Object.fromEntries([...momentShapes(spec)].map(([name, shape]) => [name, new Float32Array(sizeOf(shape))]));

/**
 * Opens a run for training: from its start, or from a checkpoint of its own. The same spec and digits on the same device give
 * the same bits, however often the run was interrupted. Throws an EngineError `checkpoint` when the checkpoint is another model's.
 */
export async function openTraining(executor: Executor, spec: TrainingSpec, digits: Digits, from?: Checkpoint): Promise<Training> {
  if (digits.labels.length === 0) throw new EngineError('bad-input', 'There are no digits to train on.', 'Ask for at least 1.');
  const data = batches(spec, digits);
  const totalSteps = data.stepsPerEpoch * spec.epochs;
  const states = startingStates(spec, from);
  const session = await executor.compile(stepPrograms(spec, digits.labels.length));
  await session.load(states);
  return new TrainingRun(spec, data, session, from?.step ?? 0, totalSteps);
}

/** A step for full batches and, where the digits don't divide, one for the last batch of an epoch; they share their states. */
function stepPrograms(spec: TrainingSpec, count: number): Record<string, Program> {
  const sizes = new Set([Math.min(spec.batchSize, count), count % spec.batchSize || spec.batchSize]);
  return Object.fromEntries([...sizes].map((n) => [programFor(n), trainingProgram(spec, n, { ema: spec.ema > 0 })]));
}
const programFor = (batchSize: number): string => `step-${batchSize}`;

function startingStates(spec: TrainingSpec, from: Checkpoint | undefined): Tensors {
  const { trained, statistics } = stateParts(spec);
  let whole: Tensors;
  if (from === undefined) {
    const initial = initialState(spec, spec.seed);
    whole = { ...startingMoments(spec), ...averaged(initial), ...initial };
  } else whole = { ...from.tensors, ...importState(spec, from.tensors) };
  const kept = [...trained, ...statistics];
  const averages = spec.ema > 0 ? kept.map(([name, shape]) => [averageName(name), shape] as const) : [];
  return pick(whole, new Map([...kept, ...momentShapes(spec), ...averages]), 'The checkpoint');
}

const averaged = (state: Tensors): Tensors =>
  Object.fromEntries(Object.entries(state).map(([name, data]) => [averageName(name), data]));

class TrainingRun implements Training {
  readonly stepsPerEpoch: number;
  readonly totalSteps: number;
  readonly #spec: TrainingSpec;
  readonly #batchAt: (step: number) => Batch;
  readonly #session: Session;
  #step: number;
  /** the batch after the one under way */
  #prepared: { step: number; batch: Batch } | undefined;

  constructor(spec: TrainingSpec, data: ReturnType<typeof batches>, session: Session, step: number, totalSteps: number) {
    this.#spec = spec;
    this.#batchAt = (at) => data.at(at);
    this.#session = session;
    this.#step = step;
    this.stepsPerEpoch = data.stepsPerEpoch;
    this.totalSteps = totalSteps;
  }

  get step(): number {
    return this.#step;
  }

  async advance(): Promise<StepResult> {
    if (this.#step >= this.totalSteps) throw new RangeError(`the run is over after ${this.totalSteps} steps`);
    const batch = this.#prepared?.step === this.#step ? this.#prepared.batch : this.#batchAt(this.#step);
    const finishedEpochs = Math.floor(this.#step / this.stepsPerEpoch);
    const learningRate = learningRateAt(this.#spec, finishedEpochs);
    const scalars = stepScalars(learningRate, this.#step + 1, this.#spec.ema);
    const running = this.#session.run(programFor(batch.size), { ...batch.tensors, ...scalars });
    const next = this.#step + 1;
    this.#prepared = next < this.totalSteps ? { step: next, batch: this.#batchAt(next) } : undefined;
    const { loss, sampleLosses } = await running;
    const { t } = batch.tensors;
    this.#step++;
    return {
      step: this.#step,
      epoch: finishedEpochs + 1,
      loss: loss![0]!,
      ...(t !== undefined && { quarters: lossesByQuarter(t, sampleLosses!) }),
      learningRate,
      images: batch.size,
    };
  }

  async checkpoint(): Promise<Checkpoint> {
    const tensors = await this.#session.read();
    for (const [name, shape] of stateParts(this.#spec).idle) {
      tensors[name] = new Float32Array(sizeOf(shape));
      if (this.#spec.ema > 0) tensors[averageName(name)] = new Float32Array(sizeOf(shape));
    }
    return { step: this.#step, tensors };
  }

  async dispose(): Promise<void> {
    this.#prepared = undefined;
    await this.#session.dispose();
  }
}

/**
 * The decay of the running average at step number `t`, from 1: at first each step replaces more of it, so that it does
 * not hang on to the initial weights. As in TensorFlow's ExponentialMovingAverage with `num_updates`.
 */
export const emaDecayAt = (decay: number, t: number): number => Math.min(decay, (1 + t) / (10 + t));

/**
 * The scalars of step number `t`, from 1: Adam's bias corrections are 1 / (1 − βᵗ), in double precision until here.
 * Where an average is kept, `ema` is its decay.
 */
export const stepScalars = (learningRate: number, t: number, ema = 0): Tensors => ({
  ...(ema > 0 && { emaRate: Float32Array.of(1 - emaDecayAt(ema, t)) }),
  learningRate: Float32Array.of(learningRate),
  correction1: Float32Array.of(1 / (1 - ADAM.beta1 ** t)),
  correction2: Float32Array.of(1 / (1 - ADAM.beta2 ** t)),
});
