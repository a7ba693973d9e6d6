/** What samplers take and give. */

/** A network as samplers see it: images x, n × 784, all at one time t in [0, 1] → n × 784. */
export type Model = (x: Float32Array, t: number) => Promise<Float32Array>;

/**
 * Where noise comes from, N(0, I) of the size of x: one draw to start from, and one for each timestep t of a schedule.
 * It must not depend on what was drawn before.
 */
export interface Noise {
  start(): Float32Array;
  at(t: number): Float32Array;
}

/**
 * A moment on the way: x_t, and x̂_0, the image that the network sees in it, n × 784 each. Arrays are the reader's to keep.
 * The first frame is pure noise, at t = 1; the last is the image, at t = 0, twice.
 */
export interface Frame {
  /** finished steps */
  step: number;
  /** in [0, 1], as the network takes it */
  t: number;
  x: Float32Array;
  x0: Float32Array;
}

/** Every sampler is one of these: steps + 1 frames, one network's answer (Heun: two) between each and the next. */
export type Frames = AsyncGenerator<Frame, void, void>;

/** a_1 v_1 + a_2 v_2 + …, element by element, summed in double precision. */
export function combine(...terms: readonly (readonly [number, Float32Array])[]): Float32Array {
  const combined = new Float32Array(terms[0]![1].length);
  for (let i = 0; i < combined.length; i++) {
    let sum = 0;
    for (let j = 0; j < terms.length; j++) sum += terms[j]![0] * terms[j]![1][i]!;
    combined[i] = sum;
  }
  return combined;
}
