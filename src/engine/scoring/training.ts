/** How the scorer's weights came to be: `scripts/train-scorer.ts` runs this, nothing else does. */
import type { Executor, Tensors } from '../executors/executor.ts';
import { gradients } from '../graph/autodiff.ts';
import { assembleProgram, GraphBuilder } from '../graph/builder.ts';
import { sizeOf, type Program, type Shape, type Value } from '../graph/graph.ts';
import { oneHot } from '../diffusion/guidance.ts';
import { initialTensors } from '../model/initial-state.ts';
import { tensorsOf, trainingLayers } from '../model/layers.ts';
import { ADAM, momentNames } from '../model/programs.ts';
import { foldLayers } from '../model/state.ts';
import { CLASSES, imageShape, PIXELS } from '../model/unet.ts';
import { permutation, uniforms } from '../random/draws.ts';
import { stepScalars, type Digits } from '../training/training.ts';
import { scorerLayers, scorerNetwork } from './network.ts';

export interface ScorerRecipe {
  epochs: number;
  batchSize: number;
  /** falls along half a cosine to 0 (Loshchilov & Hutter 2017, without restarts) */
  learningRate: number;
  /** each training digit is moved by up to so many pixels along either axis, anew in each epoch */
  shift: number;
  seed: number;
}

/** Side of an image in pixels. */
const SIDE = Math.sqrt(PIXELS);

/**
 * Trains the scorer and gives its weights as the inference program takes them, BatchNorms folded. Digits that don't fill a last
 * batch of an epoch are left out of it. Same recipe, digits and device: same bits. `onStep` is told the finished steps, of how
 * many, and the loss.
 */
export async function trainScorer(
  executor: Executor,
  digits: Digits,
  { epochs, batchSize, learningRate, shift, seed }: ScorerRecipe,
  onStep: (step: number, of: number, loss: number) => void = () => undefined,
): Promise<Tensors> {
  const layers = scorerLayers();
  const session = await executor.compile({ step: scorerTrainingProgram(batchSize) });
  const moments = [...trainedShapes()].flatMap(([name, shape]) =>
    Object.values(momentNames(name)).map((moment) => [moment, new Float32Array(sizeOf(shape))] as const),
  );
  const initial = initialTensors(layers, seed);
  const idle = new Set(layers.flatMap((layer) => [...tensorsOf(layer).idle.keys()]));
  const states = Object.entries(initial).filter(([name]) => !idle.has(name));
  await session.load({ ...Object.fromEntries(states), ...Object.fromEntries(moments) });

  const perEpoch = Math.floor(digits.labels.length / batchSize);
  const steps = epochs * perEpoch;
  let order = new Uint32Array();
  for (let step = 0; step < steps; step++) {
    if (step % perEpoch === 0)
      order = permutation(digits.labels.length, { seed, stream: 'order', step: step / perEpoch }) as Uint32Array<ArrayBuffer>;
    const start = (step % perEpoch) * batchSize;
    const chosen = [...order.subarray(start, start + batchSize)];
    const rate = (learningRate * (1 + Math.cos((Math.PI * step) / steps))) / 2;
    const x = shifted(digits, chosen, uniforms(new Float64Array(2 * batchSize), { seed, stream: 'shift', step }), shift);
    const target = oneHot(chosen.map((digit) => digits.labels[digit]!));
    const { loss } = await session.run('step', { x, target, ...stepScalars(rate, step + 1) });
    onStep(step + 1, steps, loss![0]!);
  }
  const trained = await session.read();
  await session.dispose();
  return foldLayers(layers, { ...initial, ...trained });
}

const trainedShapes = (): Map<string, Shape> => new Map(scorerLayers().flatMap((layer) => [...tensorsOf(layer).trained]));

/**
 * One step: the mean square of scores − one-hot class, which classifies as well as cross-entropy does (Hui & Belkin 2021),
 * its gradients, Adam, the running statistics. Inputs x [B, 1, 28, 28], target [B, 10] and Adam's scalars; output loss [].
 */
function scorerTrainingProgram(batch: number): Program {
  const graph = new GraphBuilder();
  const net = trainingLayers(graph);
  const { scores } = scorerNetwork(net, graph.input('x', imageShape(batch)));
  const error = graph.sub(scores, graph.input('target', [batch, CLASSES]));
  const loss = graph.mean(graph.mul(error, error), [0, 1]);
  const trained = [...trainedShapes()];
  const parameters = trained.map(([name, shape]) => graph.state(name, shape));
  const scalars = {
    learningRate: graph.input('learningRate', []),
    correction1: graph.input('correction1', []),
    correction2: graph.input('correction2', []),
  };
  const updates: Record<string, Value> = { ...net.updates };
  gradients(graph, loss, parameters).forEach((gradient, i) => {
    const [name, shape] = trained[i]!;
    const names = momentNames(name);
    const moments = { m: graph.state(names.m, shape), v: graph.state(names.v, shape) };
    const next = graph.adam({ parameter: parameters[i]!, ...moments, gradient }, scalars, ADAM);
    updates[name] = next.parameter;
    updates[names.m] = next.m;
    updates[names.v] = next.v;
  });
  return assembleProgram({ loss }, updates);
}

/**
 * The chosen digits in [0, 1], each moved by whole pixels of −most … most along x and y; what comes in is black.
 * `draws` holds two numbers of [0, 1) for each.
 */
function shifted(digits: Digits, chosen: readonly number[], draws: Float64Array, most: number): Float32Array {
  const images = new Float32Array(chosen.length * PIXELS);
  const by = (draw: number): number => Math.floor(draw * (2 * most + 1)) - most;
  chosen.forEach((digit, i) => {
    const [dx, dy] = [by(draws[2 * i]!), by(draws[2 * i + 1]!)];
    for (let y = Math.max(0, dy); y < SIDE + Math.min(0, dy); y++)
      for (let x = Math.max(0, dx); x < SIDE + Math.min(0, dx); x++)
        images[i * PIXELS + y * SIDE + x] = digits.images[digit * PIXELS + (y - dy) * SIDE + x - dx]! / 255;
  });
  return images;
}
