import { multiply, singularValues, squareRoot, type Matrix } from './singular-values.ts';

/** A normal distribution over d features. */
export interface Gaussian {
  mean: Float64Array; // d
  covariance: Matrix; // d × d
}

/** Mean and unbiased covariance of n feature vectors, n × d; two at least. Two passes, so that nothing cancels. */
export function gaussianOf(features: Float32Array, size: number): Gaussian {
  const count = features.length / size;
  if (!Number.isInteger(count) || count < 2)
    throw new RangeError(`${features.length} numbers are no 2 or more vectors of ${size}`);
  const mean = new Float64Array(size);
  for (let at = 0; at < features.length; at++) mean[at % size]! += features[at]! / count;
  const data = new Float64Array(size * size);
  const centred = new Float64Array(size);
  for (let start = 0; start < features.length; start += size) {
    for (let i = 0; i < size; i++) centred[i] = features[start + i]! - mean[i]!;
    for (let i = 0; i < size; i++) {
      const x = centred[i]! / (count - 1);
      for (let j = 0; j <= i; j++) data[i * size + j]! += x * centred[j]!;
    }
  }
  for (let i = 0; i < size; i++) for (let j = 0; j < i; j++) data[j * size + i] = data[i * size + j]!;
  return { mean, covariance: { size, data } };
}

/**
 * The Fréchet distance of two normal distributions, squared, as FID states it (Dowson & Landau 1982; Heusel et al. 2017):
 * ‖μ₁ − μ₂‖² + Tr(Σ₁ + Σ₂ − 2 (Σ₁Σ₂)^½).
 *
 * (Σ₁Σ₂)^½ is not symmetric, and its usual root gives complex numbers where covariances are singular, as they are of few
 * samples. Its trace is the sum of the singular values of Σ₁^½ Σ₂^½, since their squares are the eigenvalues of
 * Σ₁^½ Σ₂ Σ₁^½, which are those of Σ₁Σ₂: real, never negative, and exact to rounding whatever the rank.
 */
export function frechetDistance(a: Gaussian, b: Gaussian): number {
  if (a.mean.length !== b.mean.length) throw new RangeError(`${a.mean.length} features meet ${b.mean.length}`);
  const { values } = singularValues(multiply(squareRoot(a.covariance), squareRoot(b.covariance)));
  const d = a.mean.length;
  let distance = 0;
  for (let i = 0; i < d; i++) {
    distance += (a.mean[i]! - b.mean[i]!) ** 2;
    distance += a.covariance.data[i * d + i]! + b.covariance.data[i * d + i]! - 2 * values[i]!;
  }
  // never negative but by rounding
  return Math.max(0, distance);
}
