/** GELU, the exact one: x Φ(x) (Hendrycks & Gimpel 2016), Φ the normal distribution's cumulative function, φ its density. */
import { sameShape, type OpRow } from './row.ts';

/**
 * erf in double precision. Series 7.1.6 and continued fraction 7.1.14 of Abramowitz & Stegun: all terms of the series are
 * positive, so nothing cancels; beyond 3 the fraction needs fewer terms, beyond 6 erf is 1 to the last bit.
 */
export function erf(x: number): number {
  const z = Math.abs(x);
  if (z >= 6) return Math.sign(x);
  const density = Math.exp(-z * z) / Math.sqrt(Math.PI);
  let value: number;
  if (z < 3) {
    let term = z;
    let sum = z;
    for (let n = 1; term > sum * 1e-17; n++) {
      term *= (2 * z * z) / (2 * n + 1);
      sum += term;
    }
    value = 2 * density * sum;
  } else {
    let fraction = 0;
    for (let n = 50; n > 0; n--) fraction = n / 2 / (z + fraction);
    value = 1 - density / (z + fraction);
  }
  return x < 0 ? -value : value;
}

const Phi = (x: number): number => (1 + erf(x * Math.SQRT1_2)) / 2;
const phi = (x: number): number => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);

export const gelu: OpRow<'gelu'> = {
  shape: ([x]) => [x!],
  gradient: (graph, { inputs }, [dy]) => [graph.geluGrad(inputs[0]!, dy!)],
  kernel: ({ inputs }) => [inputs[0]!.map((x) => x * Phi(x))],
};

export const geluGrad: OpRow<'geluGrad'> = {
  shape([x, dy]) {
    if (x === undefined || dy === undefined || !sameShape(x, dy)) throw new RangeError('geluGrad needs x and dy of one shape');
    return [x];
  },
  kernel({ inputs }) {
    const [x, dy] = inputs as [Float64Array, Float64Array];
    return [x.map((v, i) => dy[i]! * (Phi(v) + v * phi(v)))];
  },
};
