/** Batch normalisation over B, H, W: Ioffe & Szegedy 2015, algorithm 1; the gradient is that of its section 3. */
import type { Shape, Value } from '../graph.ts';
import { requireRank, sameShape, type OpRow } from './row.ts';

export const batchNorm: OpRow<'batchNorm'> = {
  shape([x, gamma, beta]) {
    requireRank('batchNorm', x, 4);
    const channels: Shape = [x[1]!];
    if (gamma === undefined || beta === undefined || !sameShape(gamma, channels) || !sameShape(beta, channels))
      throw new RangeError(`batchNorm of [${x.join(', ')}] needs γ and β of [${x[1]}]`);
    return [x, channels, channels];
  },
  /** Mean and variance leave the path to the loss here: they only feed the running statistics. */
  gradient(graph, { inputs, outputs, attributes }, [dy, dMean, dVariance], needed) {
    if (dMean !== undefined || dVariance !== undefined)
      throw new Error('batchNorm has no gradient through its mean and variance outputs: the loss may not depend on them');
    const [x, gamma] = inputs as [Value, Value, Value];
    const [, mean, variance] = outputs as [Value, Value, Value];
    const gradients = graph.batchNormGrad(dy!, x, gamma, mean, variance, attributes.epsilon);
    return [gradients.dx, gradients.dGamma, gradients.dBeta].map((g, i) => (needed[i] ? g : undefined));
  },
  kernel({ inputs, inputShapes, attributes }) {
    const [x, gamma, beta] = inputs as [Float64Array, Float64Array, Float64Array];
    const [batch, channels, height, width] = inputShapes[0]! as [number, number, number, number];
    const pixels = height * width;
    const count = batch * pixels;
    const y = new Float64Array(x.length);
    const mean = new Float64Array(channels);
    const variance = new Float64Array(channels);
    for (let c = 0; c < channels; c++) {
      const each = (visit: (at: number) => void) => eachOfChannel(batch, channels, pixels, c, visit);
      let sum = 0;
      each((at) => (sum += x[at]!));
      const m = sum / count;
      let squares = 0;
      each((at) => (squares += (x[at]! - m) ** 2));
      const v = squares / count;
      const scale = gamma[c]! / Math.sqrt(v + attributes.epsilon);
      each((at) => (y[at] = (x[at]! - m) * scale + beta[c]!));
      mean[c] = m;
      variance[c] = v;
    }
    return [y, mean, variance];
  },
};

export const batchNormGrad: OpRow<'batchNormGrad'> = {
  shape([dy, x, gamma, mean, variance]) {
    requireRank('batchNormGrad', x, 4);
    const channels: Shape = [x[1]!];
    if (dy === undefined || !sameShape(dy, x)) throw new RangeError('batchNormGrad needs dy of the shape of x');
    for (const s of [gamma, mean, variance])
      if (s === undefined || !sameShape(s, channels))
        throw new RangeError(`batchNormGrad needs γ, mean and variance of [${x[1]}]`);
    return [x, channels, channels];
  },
  kernel({ inputs, inputShapes, attributes }) {
    const [dy, x, gamma, mean, variance] = inputs as [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array];
    const [batch, channels, height, width] = inputShapes[1]! as [number, number, number, number];
    const pixels = height * width;
    const count = batch * pixels;
    const dx = new Float64Array(x.length);
    const dGamma = new Float64Array(channels);
    const dBeta = new Float64Array(channels);
    for (let c = 0; c < channels; c++) {
      const each = (visit: (at: number) => void) => eachOfChannel(batch, channels, pixels, c, visit);
      const inverse = 1 / Math.sqrt(variance[c]! + attributes.epsilon);
      const m = mean[c]!;
      let [sum, sumOfNormal] = [0, 0];
      each((at) => {
        sum += dy[at]!;
        sumOfNormal += dy[at]! * (x[at]! - m) * inverse;
      });
      const scale = gamma[c]! * inverse;
      each((at) => (dx[at] = scale * (dy[at]! - sum / count - ((x[at]! - m) * inverse * sumOfNormal) / count)));
      dGamma[c] = sumOfNormal;
      dBeta[c] = sum;
    }
    return [dx, dGamma, dBeta];
  },
};

function eachOfChannel(batch: number, channels: number, pixels: number, c: number, visit: (at: number) => void): void {
  for (let b = 0; b < batch; b++) {
    const start = (b * channels + c) * pixels;
    for (let at = start; at < start + pixels; at++) visit(at);
  }
}
