/**
 * The mean loss of the images whose t lies in each quarter of (0, 1], the least noisy first; null where a quarter has
 * none. A mean over all t hides that a network may get better at one end and worse at the other.
 */
export function lossesByQuarter(t: Float32Array, losses: Float32Array): (number | null)[] {
  const sums = [0, 0, 0, 0];
  const counts = [0, 0, 0, 0];
  for (let i = 0; i < t.length; i++) {
    // flow's t may be 0 itself
    const quarter = Math.max(0, Math.ceil(4 * t[i]!) - 1);
    sums[quarter]! += losses[i]!;
    counts[quarter]!++;
  }
  return sums.map((sum, i) => (counts[i] === 0 ? null : sum / counts[i]!));
}
