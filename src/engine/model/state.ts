/** What is done to a state dict between file and network. */
import { EngineError } from '../error.ts';
import type { Tensors } from '../executors/executor.ts';
import { sizeOf, type Shape } from '../graph/graph.ts';
import { BATCH_NORM, namesOf, weightShape, type Layer } from './layers.ts';
import { layersOf, stateShapes, type UnetSpec } from './unet.ts';

/** Takes the named tensors out of a larger set. Throws an EngineError that names what is missing or of another size. */
export function pick(tensors: Tensors, shapes: ReadonlyMap<string, Shape>, of: string): Tensors {
  const picked: Tensors = {};
  for (const [name, shape] of shapes) {
    const data = Object.hasOwn(tensors, name) ? tensors[name] : undefined;
    const hint = 'It belongs to another model or width. Use one that was made with the same recipe.';
    if (data === undefined) throw new EngineError('checkpoint', `${of} has no tensor ${name}.`, hint);
    if (data.length !== sizeOf(shape))
      throw new EngineError(
        'checkpoint',
        `${of}: tensor ${name} holds ${data.length} numbers, not ${sizeOf(shape)} ([${shape.join(', ')}]).`,
        hint,
      );
    picked[name] = data;
  }
  return picked;
}

/**
 * A state dict as this engine keeps it, out of anyone's: a bias before a BatchNorm only shifts the mean that the BatchNorm
 * takes away again, so it moves into the running mean (running_mean − bias) and becomes 0. The network stays the same.
 */
export function importState(spec: UnetSpec, foreign: Tensors): Tensors {
  const state = pick(foreign, stateShapes(spec), 'The state dict');
  for (const layer of layersOf(spec)) {
    const { bias, norm } = namesOf(layer);
    if (norm === undefined) continue;
    const shift = state[bias]!;
    state[norm.runningMean] = state[norm.runningMean]!.map((mean, i) => mean - shift[i]!);
    state[bias] = new Float32Array(shift.length);
  }
  return state;
}

/**
 * Folds each BatchNorm, at its running statistics, into the layer before it: with s = γ / √(var + ε),
 * w' = s w and b' = β + s (b − mean). What comes out are the states of an inference program.
 */
export const foldBatchNorm = (spec: UnetSpec, state: Tensors): Tensors =>
  foldLayers(layersOf(spec), pick(state, stateShapes(spec), 'The state dict'));

/** The same for the layers of any network; `whole` holds all their tensors. */
export function foldLayers(layers: readonly Layer[], whole: Tensors): Tensors {
  const folded: Tensors = {};
  for (const layer of layers) {
    const { weight, bias, norm } = namesOf(layer);
    if (norm === undefined) {
      folded[weight] = whole[weight]!;
      folded[bias] = whole[bias]!;
      continue;
    }
    const gamma = whole[norm.weight]!;
    const variance = whole[norm.runningVar]!;
    const mean = whole[norm.runningMean]!;
    const beta = whole[norm.bias]!;
    const scale = Float64Array.from(gamma, (g, i) => g / Math.sqrt(variance[i]! + BATCH_NORM.epsilon));
    folded[weight] = scaleOutputs(layer, whole[weight]!, scale);
    folded[bias] = whole[bias]!.map((b, i) => beta[i]! + scale[i]! * (b - mean[i]!));
  }
  return folded;
}

/** The weight with each output channel multiplied; a transposed conv has its outputs on the second axis. */
function scaleOutputs(layer: Layer, weight: Float32Array, scale: Float64Array): Float32Array {
  const shape = weightShape(layer);
  const axis = layer.kind === 'transposedConv' ? 1 : 0;
  const inner = sizeOf(shape.slice(axis + 1));
  return weight.map((w, i) => w * scale[Math.floor(i / inner) % layer.out]!);
}
