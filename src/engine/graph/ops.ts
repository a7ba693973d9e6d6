/**
 * The ops and their attributes. Each op's row (shape rule, gradient rule, reference kernel) lives in rows/.
 * The set is closed under the gradients that training needs: the gradient of each op on the path from the loss
 * to the parameters is made of ops of this table.
 *
 * | op | inputs → outputs |
 * |---|---|
 * | input, state | → a named tensor, fed at each call or kept between calls |
 * | constant | → a scalar, or a tensor filled with one value |
 * | conv | x [B, ci, H, W], w [co, ci, kh, kw] → [B, co, H', W'] |
 * | convInputGrad | dy [B, co, H', W'], w [co, ci, kh, kw] → dx [B, ci, H, W]; this is also the transposed convolution, its weight [in, out, kh, kw] |
 * | convFilterGrad | x [B, ci, H, W], dy [B, co, H', W'] → dw [co, ci, kh, kw] |
 * | batchNorm | x [B, C, H, W], γ [C], β [C] → y, mean [C], variance [C] (biased), over B, H, W |
 * | batchNormGrad | dy, x, γ, mean, variance → dx, dγ, dβ |
 * | gelu | x → x Φ(x), exact |
 * | geluGrad | x, dy → dy (Φ(x) + x φ(x)) |
 * | matmul | a [m, k], b [k, n], each may be transposed → [m, n] |
 * | concat | any number, along `axis` |
 * | slice | x → x[start … start + length) along `axis` |
 * | padZero | x → zeros before and after along `axis`; the gradient of slice |
 * | reshape, transpose | the same numbers in another shape; axes permuted |
 * | add, sub, mul, div | element by element, NumPy's broadcasting |
 * | sum, mean | over `axes`; `keepDims` leaves 1 in their place |
 * | broadcastTo | x → x repeated to `shape` |
 * | adam | parameter, m, v, gradient, learningRate [], correction1 [], correction2 [] → parameter', m', v' |
 * | ema | average, value, rate [] → average + rate · (value − average) |
 */
import type { Shape } from './graph.ts';

export interface ConvGeometry {
  stride: number;
  pad: number;
}
type None = Readonly<Record<string, never>>;

export interface Attributes {
  input: { name: string; shape: Shape };
  state: { name: string; shape: Shape };
  constant: { value: number; shape: Shape };
  conv: ConvGeometry;
  /** `size` is H (= W) of dx, which stride leaves open */
  convInputGrad: ConvGeometry & { size: number };
  /** `kernel` is kh (= kw) of dw */
  convFilterGrad: ConvGeometry & { kernel: number };
  batchNorm: { epsilon: number };
  batchNormGrad: { epsilon: number };
  gelu: None;
  geluGrad: None;
  matmul: { transposeA: boolean; transposeB: boolean };
  concat: { axis: number };
  slice: { axis: number; start: number; length: number };
  padZero: { axis: number; before: number; after: number };
  reshape: { shape: Shape };
  transpose: { permutation: readonly number[] };
  add: None;
  sub: None;
  mul: None;
  div: None;
  sum: { axes: readonly number[]; keepDims: boolean };
  mean: { axes: readonly number[]; keepDims: boolean };
  broadcastTo: { shape: Shape };
  /**
   * Kingma & Ba 2015, algorithm 1: m' = β₁m + (1 − β₁)g, v' = β₂v + (1 − β₂)g²,
   * p' = p − lr · (m' · correction1) / (√(v' · correction2) + ε), correctionᵢ = 1 / (1 − βᵢᵗ), computed in double precision by the caller.
   */
  adam: { beta1: number; beta2: number; epsilon: number };
  /** an exponential moving average of decay 1 − rate */
  ema: None;
}
export type OpName = keyof Attributes;
