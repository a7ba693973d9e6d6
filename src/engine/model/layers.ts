/** The layers that hold parameters, under the names and in the layouts of PyTorch's state dict, and the two ways to compute them. */
import type { GraphBuilder } from '../graph/builder.ts';
import type { Node, Shape, Value } from '../graph/graph.ts';

interface ConvLayer {
  kind: 'conv' | 'transposedConv';
  name: string;
  in: number;
  out: number;
  kernel: number;
  stride: number;
  pad: number;
  /** followed by a BatchNorm, which makes its bias idle */
  normalised: boolean;
}
interface LinearLayer {
  kind: 'linear';
  name: string;
  in: number;
  out: number;
}
export type Layer = ConvLayer | LinearLayer;

/** Turns a layer into graph. Training and inference differ in this and nothing else. */
export interface LayerBuilder {
  readonly graph: GraphBuilder;
  build(layer: Layer, x: Value): Value;
}

/** PyTorch's BatchNorm2d defaults. */
export const BATCH_NORM = { epsilon: 1e-5, momentum: 0.1 } as const;

/** Names of a layer's tensors in the state dict. */
export interface LayerNames {
  weight: string;
  bias: string;
  norm?: { weight: string; bias: string; runningMean: string; runningVar: string };
}
export function namesOf(layer: Layer): LayerNames {
  if (layer.kind === 'linear' || !layer.normalised) return { weight: `${layer.name}.weight`, bias: `${layer.name}.bias` };
  const norm = `${layer.name}.bn`;
  return {
    weight: `${layer.name}.conv.weight`,
    bias: `${layer.name}.conv.bias`,
    norm: {
      weight: `${norm}.weight`,
      bias: `${norm}.bias`,
      runningMean: `${norm}.running_mean`,
      runningVar: `${norm}.running_var`,
    },
  };
}

/** conv [out, in, k, k], transposed conv [in, out, k, k], linear [out, in] */
export function weightShape(layer: Layer): Shape {
  if (layer.kind === 'linear') return [layer.out, layer.in];
  const channels = layer.kind === 'conv' ? [layer.out, layer.in] : [layer.in, layer.out];
  return [...channels, layer.kernel, layer.kernel];
}

/** Shapes of a layer's tensors by name, in PyTorch's order; `trained` are those that Adam moves, so no bias before a BatchNorm. */
export function tensorsOf(layer: Layer): {
  trained: Map<string, Shape>;
  idle: Map<string, Shape>;
  statistics: Map<string, Shape>;
} {
  const { weight, bias, norm } = namesOf(layer);
  const channels: Shape = [layer.out];
  if (norm === undefined)
    return {
      trained: new Map([
        [weight, weightShape(layer)],
        [bias, channels],
      ]),
      idle: new Map(),
      statistics: new Map(),
    };
  return {
    trained: new Map([
      [weight, weightShape(layer)],
      [norm.weight, channels],
      [norm.bias, channels],
    ]),
    idle: new Map([[bias, channels]]),
    statistics: new Map([
      [norm.runningMean, channels],
      [norm.runningVar, channels],
    ]),
  };
}

/**
 * Layers as in training: BatchNorm by the batch's own statistics. `layers` lists what was built. Under the names of the
 * running statistics, `ofBatch` holds those of the batch, the variance biased, and `updates` the running ones after the
 * step: (1 − momentum) · old + momentum · new, the variance unbiased.
 */
export function trainingLayers(graph: GraphBuilder): LayerBuilder & {
  layers: Layer[];
  ofBatch: Record<string, Value>;
  updates: Record<string, Value>;
} {
  const layers: Layer[] = [];
  const ofBatch: Record<string, Value> = {};
  const updates: Record<string, Value> = {};
  const keep = graph.constant(1 - BATCH_NORM.momentum);
  const momentum = graph.constant(BATCH_NORM.momentum);
  const updateStatistic = (name: string, value: Value, share: Value): void => {
    const old = graph.state(name, value.shape);
    ofBatch[name] = value;
    updates[name] = graph.add(graph.mul(old, keep), graph.mul(value, share));
  };
  return {
    graph,
    layers,
    ofBatch,
    updates,
    build(layer, x) {
      layers.push(layer);
      const { weight, bias, norm } = namesOf(layer);
      const w = graph.state(weight, weightShape(layer));
      if (layer.kind === 'linear') return linear(graph, layer, x, w, graph.state(bias, [layer.out]));
      const y = convolve(graph, layer, x, w);
      if (norm === undefined) return addBias(graph, y, graph.state(bias, [layer.out]));
      const gamma = graph.state(norm.weight, [layer.out]);
      const beta = graph.state(norm.bias, [layer.out]);
      const normal = graph.batchNorm(y, gamma, beta, BATCH_NORM.epsilon);
      const [batch, , height, width] = y.shape as [number, number, number, number];
      const count = batch * height * width;
      updateStatistic(norm.runningMean, normal.mean, momentum);
      updateStatistic(norm.runningVar, normal.variance, graph.constant((BATCH_NORM.momentum * count) / (count - 1)));
      return normal.y;
    },
  };
}

/**
 * Layers with the BatchNorm folded into weight and bias (see foldBatchNorm). A convolution of concatenated images is the
 * sum of the convolutions of each: nothing is copied, and what one part gives can be shared where only the other changes.
 */
export const inferenceLayers = (graph: GraphBuilder): LayerBuilder => ({
  graph,
  build(layer, x) {
    const names = namesOf(layer);
    const w = graph.state(names.weight, weightShape(layer));
    const bias = graph.state(names.bias, [layer.out]);
    if (layer.kind === 'linear') return linear(graph, layer, x, w, bias);
    const parts = concatenated(x);
    if (parts === undefined) return addBias(graph, convolve(graph, layer, x, w), bias);
    // from the last part to the first: the bias goes with the last, which is the skip connection
    let start = layer.in;
    let sum: Value | undefined;
    for (const part of parts.toReversed()) {
      const length = part.shape[1]!;
      start -= length;
      const ofPart = graph.slice(w, { axis: inputAxis(layer), start, length });
      const y = convolve(graph, { ...layer, in: length }, part, ofPart);
      sum = sum === undefined ? addBias(graph, y, bias) : graph.add(y, sum);
    }
    return sum!;
  },
});

/** What a value was concatenated from along channels. */
const concatenated = ({ node }: Value): readonly Value[] | undefined =>
  node.op === 'concat' && (node as Node<'concat'>).attributes.axis === 1 ? node.inputs : undefined;

/** The axis of a weight that meets the input's channels. */
const inputAxis = ({ kind }: ConvLayer): number => (kind === 'conv' ? 1 : 0);

function convolve(graph: GraphBuilder, layer: ConvLayer, x: Value, w: Value): Value {
  if (x.shape[1] !== layer.in) throw new RangeError(`${layer.name} takes ${layer.in} channels, not ${x.shape[1]}`);
  const geometry = { stride: layer.stride, pad: layer.pad };
  return layer.kind === 'conv' ? graph.conv(x, w, geometry) : graph.transposedConv(x, w, geometry);
}

/** x [B, in] → x wᵀ + b [B, out] */
function linear(graph: GraphBuilder, layer: LinearLayer, x: Value, w: Value, bias: Value): Value {
  if (x.shape[1] !== layer.in) throw new RangeError(`${layer.name} takes ${layer.in} features, not ${x.shape[1]}`);
  return graph.add(graph.matmul(x, w, { transposeB: true }), bias);
}

const addBias = (graph: GraphBuilder, y: Value, bias: Value): Value => graph.add(y, graph.reshape(bias, [1, y.shape[1]!, 1, 1]));
