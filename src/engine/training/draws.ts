/** Where the random numbers of a batch come from, in training and in validation. */
import type { Draws } from '../diffusion/objectives/objective.ts';
import { PIXELS } from '../model/unet.ts';
import { normals, uniforms, type Stream } from '../random/draws.ts';

/** The draws for `count` images: functions of seed, streams, step and the image's index in the batch. */
export function drawsOf(count: number, seed: number, step: number, streams: { noise: Stream; time: Stream }): Draws {
  return {
    noise: () => normals(new Float32Array(count * PIXELS), { seed, stream: streams.noise, step }),
    uniform: () => uniforms(new Float64Array(count), { seed, stream: streams.time, step }),
    normal: () => normals(new Float32Array(count), { seed, stream: streams.time, step }),
  };
}
