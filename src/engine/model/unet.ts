/** The UNets in their three conditionings: the assignment's, and an improved one. */
import { GraphBuilder } from '../graph/builder.ts';
import { sizeOf, type Shape, type Value } from '../graph/graph.ts';
import { concat, convBlock, downBlock, fcBlock, flatten, unflatten, upBlock } from './blocks.ts';
import { improvedUnet } from './improved.ts';
import { tensorsOf, trainingLayers, type Layer, type LayerBuilder } from './layers.ts';
import { untapped, type Tap } from './taps.ts';

export interface UnetSpec {
  /** what the network is told beside the image: nothing, the time, or time and class */
  conditioning: 'none' | 'time' | 'class';
  /** D, the channels at full resolution */
  width: number;
  /** absent: the assigned one */
  model?: 'assigned' | 'improved';
}

const IMAGE_SIZE = 28;
export const PIXELS = IMAGE_SIZE * IMAGE_SIZE;
export const CLASSES = 10;

export const imageShape = (batch: number): Shape => [batch, 1, IMAGE_SIZE, IMAGE_SIZE];

/** What a batch is fed as: x and, by conditioning, t/T and the one-hot class (zeros where it is dropped). */
export interface UnetInputs {
  x: Value; // [B, 1, 28, 28]
  t?: Value; // [B, 1]
  c?: Value; // [B, 10]
}

/** The named inputs that a conditioning takes. */
export function unetInputs(graph: GraphBuilder, { conditioning }: UnetSpec, batch: number): UnetInputs {
  const x = graph.input('x', imageShape(batch));
  if (conditioning === 'none') return { x };
  const t = graph.input('t', [batch, 1]);
  return conditioning === 'time' ? { x, t } : { x, t, c: graph.input('c', [batch, CLASSES]) };
}

/** The network: x [B, 1, 28, 28] → y [B, 1, 28, 28]. `tap` is given what each block gives on the way. */
export const unet = (net: LayerBuilder, { width, model }: UnetSpec, inputs: UnetInputs, tap: Tap = untapped): Value =>
  model === 'improved' ? improvedUnet(net, width, inputs, tap) : assignedUnet(net, width, inputs, tap);

/** The assignment's figures 1, 8 and 9. */
function assignedUnet(net: LayerBuilder, D: number, { x, t, c: label }: UnetInputs, tap: Tap): Value {
  const { graph } = net;
  /** v + fc(t), and with a class fc(c) · v + fc(t) */
  const condition = (stage: 1 | 2, features: number, v: Value): Value => {
    if (t === undefined) return v;
    const scaled = label === undefined ? v : graph.mul(fcBlock(net, `fc${stage}_c`, CLASSES, features, label), v);
    return tap(`condition${stage}`, graph.add(scaled, fcBlock(net, `fc${stage}_t`, 1, features, t)));
  };

  const a = tap('init', convBlock(net, 'init_block', 1, D, x)); //                   [B,  D, 28, 28]
  const b = tap('down1', downBlock(net, 'down1', D, D, a)); //                       [B,  D, 14, 14]
  const c = tap('down2', downBlock(net, 'down2', D, 2 * D, b)); //                   [B, 2D, 7, 7]
  const sum = tap('flatten', flatten(net, c)); //                                    [B, 2D, 1, 1]
  const bottom = tap('unflatten', unflatten(net, 'unflatten', 2 * D, sum)); //       [B, 2D, 7, 7]
  const u = condition(1, 2 * D, bottom); //                                          [B, 2D, 7, 7]
  const up = tap('up1', upBlock(net, 'up1', 4 * D, D, concat(net, u, c))); //        [B,  D, 14, 14]
  const p = condition(2, D, up); //                                                  [B,  D, 14, 14]
  const q = tap('up2', upBlock(net, 'up2', 2 * D, D, concat(net, p, b))); //         [B,  D, 28, 28]
  const out = convBlock(net, 'out_block', 2 * D, D, concat(net, q, a)); //           [B,  D, 28, 28]
  const y = net.build({ kind: 'conv', name: 'out_conv', in: D, out: 1, kernel: 3, stride: 1, pad: 1, normalised: false }, out);
  return tap('out', y); //                                                           [B, 1, 28, 28]
}

/** All layers that hold parameters, in the order the network meets them. */
export function layersOf(spec: UnetSpec): readonly Layer[] {
  const graph = new GraphBuilder();
  const net = trainingLayers(graph);
  unet(net, spec, unetInputs(graph, spec, 1));
  return net.layers;
}

/** Parameters as PyTorch counts them: biases before a BatchNorm included, running statistics not. */
export function parameterCount(spec: UnetSpec): number {
  const shapes = layersOf(spec).flatMap((layer) => {
    const { trained, idle } = tensorsOf(layer);
    return [...trained.values(), ...idle.values()];
  });
  return shapes.reduce((sum, shape) => sum + sizeOf(shape), 0);
}

/**
 * The whole state dict but `num_batches_tracked`: names to shapes. `trained` is what Adam moves, `idle` the biases
 * before a BatchNorm, which have no effect, `statistics` the running means and variances.
 */
export function stateParts(spec: UnetSpec): Record<'trained' | 'idle' | 'statistics', Map<string, Shape>> {
  const parts = layersOf(spec).map(tensorsOf);
  const all = (part: 'trained' | 'idle' | 'statistics') => new Map(parts.flatMap((p) => [...p[part]]));
  return { trained: all('trained'), idle: all('idle'), statistics: all('statistics') };
}

/** Names to shapes of the whole state dict, `num_batches_tracked` apart. */
export function stateShapes(spec: UnetSpec): Map<string, Shape> {
  const { trained, idle, statistics } = stateParts(spec);
  return new Map([...trained, ...idle, ...statistics]);
}
