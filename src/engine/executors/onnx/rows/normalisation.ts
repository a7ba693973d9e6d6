/** Batch normalisation by the batch's own statistics: Ioffe & Szegedy 2015, algorithm 1 and section 3. */
import type { LoweringRow, Lowering, OnnxTensor } from '../lowering.ts';

/** x − mean, for mean [C]. Forward and backward write the same nodes, so it is computed once. */
function centred(on: Lowering, x: OnnxTensor, mean: OnnxTensor): OnnxTensor {
  if (x.layout === 'plain') return on.pointwise('Sub', [x, on.view(mean, [1, x.shape[1]!, 1, 1])]);
  return on.affine(x, on.filled(1, [x.shape[1]!]), on.pointwise('Neg', [mean]));
}

/** γ and 1/√(variance + ε), [C] each, as one factor. */
function scaleOf(on: Lowering, gamma: OnnxTensor, variance: OnnxTensor, epsilon: number) {
  const deviation = on.pointwise('Sqrt', [on.pointwise('Add', [variance, on.scalar(epsilon)])]);
  return { deviation, scale: on.pointwise('Div', [gamma, deviation]) };
}

export const batchNorm: LoweringRow<'batchNorm'> = (on, { attributes }, inputs) => {
  const [x, gamma, beta] = inputs as [OnnxTensor, OnnxTensor, OnnxTensor];
  const mean = on.channelMean(x);
  const d = centred(on, x, mean);
  const variance = on.channelMean(on.pointwise('Mul', [d, d]));
  const { scale } = scaleOf(on, gamma, variance, attributes.epsilon);
  return [on.affine(d, scale, beta), mean, variance];
};

/** With d = x − mean and s = γ/σ: dx = s (dy − mean dy − d · mean(dy d)/σ²), dγ = Σ dy d/σ, dβ = Σ dy. */
export const batchNormGrad: LoweringRow<'batchNormGrad'> = (on, { attributes }, inputs) => {
  const [dyAny, x, gamma, mean, variance] = inputs as [OnnxTensor, OnnxTensor, OnnxTensor, OnnxTensor, OnnxTensor];
  const [batch, channels, height, width] = x.shape as [number, number, number, number];
  const mul = (a: OnnxTensor, b: OnnxTensor) => on.pointwise('Mul', [a, b]);
  const count = on.scalar(batch * height * width);
  const d = centred(on, x, mean);
  const dy = d.layout === 'blocked' ? on.blocked(dyAny) : on.plain(dyAny);
  const { deviation, scale } = scaleOf(on, gamma, variance, attributes.epsilon);
  // all is linear in dy, so what is still to be multiplied with it goes into numbers for channels
  const factor = on.scalar(dyAny.factor ?? 1);

  const meanDy = mul(on.channelMean(dy), factor);
  const normalDy = on.pointwise('Div', [mul(on.channelMean(mul(dy, d)), factor), deviation]); // mean(dy d)/σ
  const slope = on.pointwise('Div', [mul(scale, normalDy), deviation]);
  const shift = on.pointwise('Neg', [mul(scale, meanDy)]);
  const along = on.affine(d, on.pointwise('Neg', [slope]), shift);
  const dx = on.affine(dy, mul(scale, factor), on.filled(0, [channels]), along);
  return [dx, mul(normalDy, count), mul(meanDy, count)];
};
