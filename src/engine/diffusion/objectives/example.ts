/** What a network is trained on: it gets input (and t), and should give target. All images are n × 784, row after row. */
export interface Example {
  input: Float32Array;
  target: Float32Array;
  /** n numbers in [0, 1], as the network takes them: t/T, or flow's t */
  t?: Float32Array;
}

/** a_i x + b_i y for each image i of two batches of `count` images. */
export function mix(
  x: Float32Array,
  y: Float32Array,
  count: number,
  weights: (image: number) => readonly [number, number],
): Float32Array {
  const mixed = new Float32Array(x.length);
  const size = x.length / count;
  for (let i = 0; i < count; i++) {
    const [a, b] = weights(i);
    for (let at = i * size; at < (i + 1) * size; at++) mixed[at] = a * x[at]! + b * y[at]!;
  }
  return mixed;
}
