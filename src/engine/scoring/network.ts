/** The digit scorer: a small convolutional classifier of MNIST's digits, in the UNet's own building blocks. */
import { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/graph.ts';
import { conv, downConv, flatten } from '../model/blocks.ts';
import { trainingLayers, type Layer, type LayerBuilder } from '../model/layers.ts';
import { CLASSES, imageShape } from '../model/unet.ts';

/** Channels at 28, 14 and 7 pixels; the last are the features. */
const CHANNELS = [16, 32, 64] as const;
/** Size of the feature space in which sets of digits are compared. */
export const FEATURES = CHANNELS[2];

/** x [B, 1, 28, 28] → features [B, FEATURES] and a score for each class [B, 10]; the highest names the digit. */
export function scorerNetwork(net: LayerBuilder, x: Value): { features: Value; scores: Value } {
  const [full, half, quarter] = CHANNELS;
  const a = conv(net, 'conv1', 1, full, x); //                 [B, 16, 28, 28]
  const b = downConv(net, 'down1', full, half, a); //          [B, 32, 14, 14]
  const c = conv(net, 'conv2', half, half, b); //              [B, 32, 14, 14]
  const d = downConv(net, 'down2', half, quarter, c); //       [B, 64, 7, 7]
  const e = conv(net, 'conv3', quarter, quarter, d); //        [B, 64, 7, 7]
  const features = net.graph.reshape(flatten(net, e), [x.shape[0]!, FEATURES]);
  return { features, scores: net.build({ kind: 'linear', name: 'classes', in: FEATURES, out: CLASSES }, features) };
}

/** All layers that hold parameters, in the order the network meets them. */
export function scorerLayers(): readonly Layer[] {
  const graph = new GraphBuilder();
  const net = trainingLayers(graph);
  scorerNetwork(net, graph.input('x', imageShape(1)));
  return net.layers;
}
