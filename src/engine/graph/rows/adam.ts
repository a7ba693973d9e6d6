import { sameShape, type OpRow } from './row.ts';

export const adam: OpRow<'adam'> = {
  shape([parameter, m, v, gradient, ...scalars]) {
    if (parameter === undefined) throw new RangeError('adam needs a parameter');
    for (const s of [m, v, gradient])
      if (s === undefined || !sameShape(s, parameter))
        throw new RangeError(`adam of a parameter of [${parameter.join(', ')}] needs moments and a gradient of the same shape`);
    if (scalars.length !== 3 || scalars.some((s) => s.length !== 0))
      throw new RangeError('adam needs a learning rate and two corrections, all scalars');
    return [parameter, parameter, parameter];
  },
  /** Kingma & Ba 2015, algorithm 1 */
  kernel({ inputs, attributes: { beta1, beta2, epsilon } }) {
    const [parameter, m, v, gradient] = inputs as [Float64Array, Float64Array, Float64Array, Float64Array];
    const [learningRate, correction1, correction2] = inputs.slice(4).map((s) => s[0]!) as [number, number, number];
    const nextM = m.map((old, i) => beta1 * old + (1 - beta1) * gradient[i]!);
    const nextV = v.map((old, i) => beta2 * old + (1 - beta2) * gradient[i]! ** 2);
    const next = parameter.map(
      (p, i) => p - (learningRate * (nextM[i]! * correction1)) / (Math.sqrt(nextV[i]! * correction2) + epsilon),
    );
    return [next, nextM, nextV];
  },
};
