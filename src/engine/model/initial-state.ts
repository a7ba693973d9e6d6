import type { Tensors } from '../executors/executor.ts';
import { sizeOf } from '../graph/graph.ts';
import { uniforms } from '../random/draws.ts';
import { namesOf, tensorsOf, weightShape, type Layer } from './layers.ts';
import { layersOf, type UnetSpec } from './unet.ts';

/** A number for each parameter, from its name alone, so that equal names start equal in every conditioning: FNV-1a, 32 bits. */
export function numberOf(name: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** Numbers that meet in one output: PyTorch's fan_in. Of a transposed conv's weight [in, out, k, k] it takes out · k · k. */
function fanIn(layer: Layer): number {
  return sizeOf(weightShape(layer).slice(1));
}

/**
 * The state dict before the first step, as PyTorch fills it: weights, and biases that have an effect, uniform in ±1/√fan_in;
 * BatchNorm's weight 1, bias 0, running mean 0, running variance 1. Biases before a BatchNorm are 0.
 */
export const initialState = (spec: UnetSpec, seed: number): Tensors => initialTensors(layersOf(spec), seed);

/** The same for the layers of any network. */
export function initialTensors(layers: readonly Layer[], seed: number): Tensors {
  const state: Tensors = {};
  for (const layer of layers) {
    const { trained, idle, statistics } = tensorsOf(layer);
    const { weight, bias, norm } = namesOf(layer);
    const bound = 1 / Math.sqrt(fanIn(layer));
    for (const [name, shape] of [...trained, ...idle, ...statistics]) {
      const values = new Float32Array(sizeOf(shape));
      if (name === weight || (name === bias && norm === undefined)) {
        const draws = uniforms(new Float64Array(values.length), { seed, stream: 'init', step: numberOf(name) });
        for (let i = 0; i < values.length; i++) values[i] = bound * (2 * draws[i]! - 1);
      } else if (name === norm?.weight || name === norm?.runningVar) values.fill(1);
      state[name] = values;
    }
  }
  return state;
}
