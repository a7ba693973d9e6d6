/** Every random number is a function of (seed, stream, step, index), so any draw can be repeated on its own. */
import { philoxInto } from './philox.ts';

/** What a draw is for. Numbers are part of what a seed means: never renumber. */
const STREAMS = {
  /** initial weights; the step is the parameter's own number */
  init: 1,
  /** order of the training digits; the step is the epoch */
  order: 2,
  /** noise on a training batch */
  noise: 3,
  /** t of a training batch */
  timestep: 4,
  /** which classes a training batch hides */
  'drop-class': 5,
  /** noise on the digits that are shown after each epoch */
  samples: 6,
  /** where sampling starts, and its noise on the way; the step is the timestep */
  sampler: 7,
  /** noise on the test digits behind the test loss; the step is the batch */
  test: 8,
  /** the noising figure */
  noising: 9,
  /** t of the test digits behind the test loss */
  'test-timestep': 10,
  /** by how much a training digit of the scorer is moved; the step is the batch */
  shift: 11,
  /** which real digits stand in for samples beside a score */
  'score-baseline': 12,
} as const;
export type Stream = keyof typeof STREAMS;

export interface Place {
  /** 0 … 2³² − 1 */
  seed: number;
  stream: Stream;
  /** 0 … 2³² − 1; which draw of the stream */
  step: number;
}

const isWord = (n: number): boolean => Number.isInteger(n) && n >= 0 && n <= 0xffffffff;
const BLOCK = 4;

/** Calls `use` with each block of four words, as many as `length` words need. */
function eachBlock({ seed, stream, step }: Place, length: number, use: (words: Uint32Array, at: number) => void): void {
  if (!isWord(seed) || !isWord(step)) throw new RangeError(`seed ${seed} and step ${step} must be whole numbers below 2³²`);
  const words = new Uint32Array(BLOCK);
  for (let at = 0, block = 0; at < length; at += BLOCK, block++) {
    philoxInto(words, 0, [seed, 0], [block, step, STREAMS[stream], 0]);
    use(words, at);
  }
}

/** Fills with numbers from [0, 1), multiples of 2⁻³². */
export function uniforms(out: Float64Array, place: Place): Float64Array {
  eachBlock(place, out.length, (words, at) => {
    for (let i = 0; i < BLOCK && at + i < out.length; i++) out[at + i] = words[i]! / 2 ** 32;
  });
  return out;
}

/** Fills with numbers from N(0, 1). Box & Muller 1958; the largest possible is √(2 ln 2³³) ≈ 6.76. */
export function normals(out: Float32Array, place: Place): Float32Array {
  eachBlock(place, out.length, (words, at) => {
    for (let i = 0; i < BLOCK; i += 2) {
      const radius = Math.sqrt(-2 * Math.log((words[i]! + 0.5) / 2 ** 32));
      const angle = (2 * Math.PI * words[i + 1]!) / 2 ** 32;
      // writes beyond the end of a typed array are ignored
      out[at + i] = radius * Math.cos(angle);
      out[at + i + 1] = radius * Math.sin(angle);
    }
  });
  return out;
}

/** A random order of 0 … length − 1: Fisher–Yates (Knuth, TAOCP 2, algorithm 3.4.2P). */
export function permutation(length: number, place: Place): Uint32Array {
  const order = Uint32Array.from({ length }, (_, i) => i);
  const draws = uniforms(new Float64Array(length), place);
  for (let i = length - 1; i > 0; i--) {
    const j = Math.floor(draws[i]! * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}
