/** GELU, exact: x Φ(x), and its gradient. */
import type { LoweringRow } from '../lowering.ts';

export const gelu: LoweringRow<'gelu'> = (on, _, [x]) => [on.pointwise('Gelu', [x!])];

/**
 * dy (Φ(x) + x φ(x)), with t = x/√2: ½ dy (1 + erf t + (2/√π) t e^(−t²)).
 * e^(−t²) is taken as 1/e^(t²), which spares a pass for the sign; where e^(t²) is infinite the quotient is 0, as it should be.
 */
export const geluGrad: LoweringRow<'geluGrad'> = (on, _, inputs) => {
  const [x, dy] = inputs as [(typeof inputs)[0], (typeof inputs)[0]];
  const t = on.pointwise('Mul', [x, on.scalar(Math.SQRT1_2)]);
  const erf = on.pointwise('Erf', [t]);
  const tail = on.pointwise('Div', [t, on.pointwise('Exp', [on.pointwise('Mul', [t, t])])]);
  const slope = twiceSlope();
  const half = on.pointwise('Mul', [dy, on.scalar(0.5)]);
  return [on.pointwise('Mul', [half, slope])];

  /** 1 + erf t + (2/√π) tail */
  function twiceSlope() {
    const factor = 2 / Math.sqrt(Math.PI);
    if (tail.layout === 'blocked') {
      const channels = [tail.shape[1]!];
      return on.affine(tail, on.filled(factor, channels), on.filled(1, channels), erf);
    }
    const sum = on.pointwise('Add', [on.pointwise('Mul', [tail, on.scalar(factor)]), erf]);
    return on.pointwise('Add', [sum, on.scalar(1)]);
  }
};
