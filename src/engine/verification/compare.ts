/** How far two arrays are apart. A number that is not finite is infinitely far. */

type Numbers = ArrayLike<number>;

/** Largest |value|. */
export function largest(values: Numbers): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i]!));
  return most;
}

/** Largest |a − b| of two arrays of one length. */
export function worstDifference(a: Numbers, b: Numbers): number {
  if (a.length !== b.length) return Infinity;
  let worst = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i]! - b[i]!);
    // not a number is neither larger nor smaller than anything
    if (Number.isNaN(difference)) return Infinity;
    worst = Math.max(worst, difference);
  }
  return worst;
}

/** The worst difference in parts of the reference's largest value; absolute where the reference is all zeros. */
export function relativeError(actual: Numbers, reference: Numbers): number {
  const worst = worstDifference(actual, reference);
  return Number.isFinite(worst) ? worst / (largest(reference) || 1) : Infinity;
}

/** ‖a − b‖₂ */
export function distance(a: Numbers, b: Numbers): number {
  let squares = 0;
  for (let i = 0; i < a.length; i++) squares += (a[i]! - b[i]!) ** 2;
  return Number.isFinite(squares) ? Math.sqrt(squares) : Infinity;
}
