/** GELU, exact: x Φ(x), and its gradient. */
import type { Lowering, LoweringRow, OnnxTensor } from '../lowering.ts';

export const gelu: LoweringRow<'gelu'> = (on, _, [x]) => [on.pointwise('Gelu', [x!])];

/**
 * dy (Φ(x) + x φ(x)), with t = x/√2: ½ dy (1 + erf t + (2/√π) t e^(−t²)).
 * e^(−t²) is taken as 1/e^(t²), which spares a pass for the sign; where e^(t²) is infinite the quotient is 0, as it should be.
 */
export const geluGrad: LoweringRow<'geluGrad'> = (on, _, inputs) => {
  const [x, dy] = inputs as [OnnxTensor, OnnxTensor];
  const t = on.scaled(x, Math.SQRT1_2);
  const erf = on.pointwise('Erf', [t]);
  const tail = on.pointwise('Div', [t, on.pointwise('Exp', [on.pointwise('Mul', [t, t])])]);
  const twiceSlope = sumWithOne(on, erf, tail, 2 / Math.sqrt(Math.PI));
  return [{ ...on.pointwise('Mul', [dy, twiceSlope]), factor: 0.5 }];
};

/** 1 + a + factor · b */
function sumWithOne(on: Lowering, a: OnnxTensor, b: OnnxTensor, factor: number): OnnxTensor {
  if (b.layout === 'blocked') {
    const channels = [b.shape[1]!];
    return on.affine(b, on.filled(factor, channels), on.filled(1, channels), a);
  }
  const sum = on.pointwise('Add', [on.pointwise('Mul', [b, on.scalar(factor)]), a]);
  return on.pointwise('Add', [sum, on.scalar(1)]);
}
