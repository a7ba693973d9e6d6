import { attr } from '../graph-writer.ts';
import { tensorAt, type Rule } from './lowering.ts';
import { NHWC, plain } from './tensor.ts';

const attrs = (type: 'float32' | 'bfloat16', epsilon: number) => ({
  T: attr.type(type),
  U: attr.type('float32'),
  epsilon: attr.float(epsilon),
  data_format: attr.text('NHWC'),
  is_training: attr.flag(true),
});

/** FusedBatchNormV3; its statistics are float32 whatever the images are. */
export const batchNorm: Rule<'batchNorm'> = (l, node, inputs) => {
  const x = l.asImages(inputs[0]!, NHWC);
  const [gamma, beta] = [l.asPlain(inputs[1]!), l.asPlain(inputs[2]!)];
  const none = l.writer.float(0, [0]);
  const op = l.op('FusedBatchNormV3', [x.edge, gamma.edge, beta.edge, none, none], attrs(x.type, node.attributes.epsilon));
  // only TensorFlow knows what its kernel for this device keeps there
  l.reserves.set(node, [`${op}:3`, `${op}:4`, `${op}:5`]);
  const [batch, , height, width] = x.shape as [number, number, number, number];
  const count = batch * height * width;
  // TensorFlow gives the unbiased variance, the graph's op the biased one
  const variance = l.op('Mul', [`${op}:2`, l.writer.float((count - 1) / count)], { T: attr.type('float32') });
  const [y, mean, biased] = node.outputs;
  return [
    tensorAt(op, y!, NHWC, x.type),
    tensorAt(`${op}:1`, mean!, plain(1), 'float32'),
    tensorAt(variance, biased!, plain(1), 'float32'),
  ];
};

export const batchNormGrad: Rule<'batchNormGrad'> = (l, node, inputs) => {
  const [, forwardX, , mean, variance] = node.inputs;
  const forward = mean!.node;
  const reserves = l.reserves.get(forward);
  if (reserves === undefined || variance!.node !== forward || forward.inputs[0] !== forwardX)
    throw new Error('TensorFlow computes batchNormGrad only from the statistics of the batchNorm of the same x');
  const dy = l.asImages(inputs[0]!, NHWC);
  const x = l.asImages(inputs[1]!, NHWC);
  const gamma = l.asPlain(inputs[2]!);
  const edges = [dy.edge, x.edge, gamma.edge, ...reserves];
  const op = l.op('FusedBatchNormGradV3', edges, attrs(x.type, node.attributes.epsilon));
  const [dx, dGamma, dBeta] = node.outputs;
  return [
    tensorAt(op, dx!, NHWC, x.type),
    tensorAt(`${op}:1`, dGamma!, plain(1), 'float32'),
    tensorAt(`${op}:2`, dBeta!, plain(1), 'float32'),
  ];
};
