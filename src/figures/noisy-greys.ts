import { noisyWindow, toGrey } from '#contract/grey.ts';

/** What the bytes of a grid's x_t stand for: see gridSchema. */
const [LOW, HIGH] = noisyWindow(1);

/** x_t of a grid, in bytes, as the greys of the window at noise level t: it narrows to black and white as t falls to 0. */
export const narrowed = (bytes: Uint8Array, t: number): Uint8ClampedArray =>
  toGrey(
    Float32Array.from(bytes, (v) => LOW + (v / 255) * (HIGH - LOW)),
    noisyWindow(t),
  );
