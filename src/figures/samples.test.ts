import { Buffer } from 'node:buffer';
import { decode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { CLEAN, noisyWindow, toGrey } from '#contract/grey.ts';
import { presetRecipe } from '#contract/preset.ts';
import { gridPlan, type Grid } from '#contract/sampling.ts';
import { readGif } from '#contract/testing/gif.ts';
import { denoisingGif } from './denoising-gif.ts';
import { narrowed } from './noisy-greys.ts';
import { planWords, samplesFigure, trajectoryFigure } from './samples.ts';
import { scheduleFigure } from './schedule.ts';

const recipe = presetRecipe('class', 'assigned');
const run = { recipe, precision: 'float32', device: 'onnx-cpu', epochs: 20, trained: 20 };
const FRAMES = 21;
/** Every image and frame is one grey of its own. */
function gridOf(of: typeof recipe): Grid {
  const plan = gridPlan(of, 20);
  const images = Float32Array.from({ length: 40 * 784 }, (_, i) => Math.floor(i / 784) / 40);
  const bytes = (f: (frame: number, image: number) => number) =>
    Uint8Array.from({ length: FRAMES * 40 * 784 }, (_, i) => f(Math.floor(i / (40 * 784)), Math.floor(i / 784) % 40));
  return {
    plan,
    images,
    frames: {
      t: Float32Array.from({ length: FRAMES }, (_, i) => 1 - i / (FRAMES - 1)),
      x: bytes((frame, image) => 5 * frame + image),
      x0: bytes((frame, image) => 255 - 5 * frame - image),
    },
  };
}
const grid = gridOf(recipe);

const words = (svg: string): string[] =>
  [...svg.matchAll(/<text[^>]*>(.*?)<\/text>/gs)].map((m) => m[1]!.replaceAll(/<[^>]*>/g, '').replaceAll('\u00a0', ' '));
/** The first pixel of every image of the drawing. */
const greys = (svg: string): number[] =>
  [...svg.matchAll(/href="data:image\/png;base64,([^"]*)"/g)].map((m) => decode(Buffer.from(m[1]!, 'base64')).data[0]!);

describe('the figure of samples', () => {
  it("shows a grid's images in order, the digits of a class model above its columns", () => {
    const svg = samplesFigure({ ...run, epochs: 5 }, [{ epoch: 5, grid }]);
    expect(greys(svg)).toEqual(Array.from({ length: 40 }, (_, n) => Math.round(255 * Math.fround(n / 40))));
    expect(words(svg).slice(0, 11)).toEqual(['Samples after 5 epochs', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    expect(words(svg).join(' ')).toContain('DDPM in 300 steps, guidance γ = 5, noise seed 0.');
    expect(words(svg).join(' ')).not.toContain('Preview');
  });

  it('puts the grids of several epochs under each other, and says of each how it was sampled', () => {
    const quick = { ...grid, plan: gridPlan(recipe, 3) };
    const svg = samplesFigure(run, [
      { epoch: 1, grid },
      { epoch: 3, grid: quick },
      { epoch: 20, grid },
    ]);
    expect(greys(svg)).toHaveLength(120);
    const read = words(svg);
    expect(read.filter((w) => w.startsWith('Epoch '))).toEqual(['Epoch 1', 'Epoch 3', 'Epoch 20']);
    expect(read.join(' ')).toContain('DDIM in 50 steps, guidance γ = 5, noise seed 0: epochs 3.');
    expect(read.join(' ')).toContain('noise seed 0: epochs 1, 20.');
  });

  it('names no digits where the network knows none', () => {
    const time = presetRecipe('time', 'assigned');
    const svg = samplesFigure({ ...run, recipe: time }, [{ epoch: 20, grid: gridOf(time) }]);
    expect(words(svg)).not.toContain('7');
    expect(words(svg).join(' ')).not.toContain('γ');
  });

  it('says what was asked of the sampler', () => {
    const plan = grid.plan;
    expect(planWords({ ...plan, sampler: 'ddim', steps: 1, eta: 0.5, weights: 'ema', labels: null })).toBe(
      'DDIM in 1 step, η = 0.5, averaged weights, noise seed 0',
    );
    expect(planWords({ ...plan, variance: 'posterior', guidance: 1.5 })).toBe(
      'DDPM in 300 steps, posterior variance, guidance γ = 1.5, noise seed 0',
    );
  });
});

describe('the trajectory of an image', () => {
  it('shows x_t in a window that narrows, above what the network sees, and the image last', () => {
    const svg = trajectoryFigure(run, { epoch: 20, grid }, 13);
    const frames = [0, 2, 4, 6, 8, 10, 12, 14, 16, 18];
    const image = toGrey(Float32Array.of(13 / 40), CLEAN)[0]!;
    expect(greys(svg)).toEqual([
      ...frames.flatMap((f) => [narrowed(Uint8Array.of(5 * f + 13), grid.frames.t[f]!)[0], 255 - 5 * f - 13]),
      image,
      image,
    ]);
    expect(words(svg)[0]).toBe('From noise to a 3, after 20 epochs');
    expect(words(svg).filter((w) => w.startsWith('t = '))).toHaveLength(11);
    expect(() => trajectoryFigure(run, { epoch: 20, grid }, 40)).toThrow('40 images');
  });

  it('reads bytes as the window of noise has written them', () => {
    const x = Float32Array.of(-1.5, 0, 0.5, 1, 2.5);
    const bytes = new Uint8Array(toGrey(x, noisyWindow(1)));
    expect([...narrowed(bytes, 1)]).toEqual([...bytes]);
    narrowed(bytes, 0).forEach((grey, i) => expect(Math.abs(grey - toGrey(x, CLEAN)[i]!)).toBeLessThan(3));
  });
});

describe('the schedule', () => {
  const table = (timesteps: number) => {
    const beta = Float64Array.from({ length: timesteps + 1 }, (_, t) =>
      t === 0 ? 0 : 1e-4 + (0.0199 * (t - 1)) / (timesteps - 1),
    );
    const alpha = beta.map((b) => 1 - b);
    let product = 1;
    const alphaBar = alpha.map((a) => (product *= a));
    return { beta, alpha, alphaBar, snr: alphaBar.map((a) => a / (1 - a)) };
  };
  it.each([2, 300, 4000])('draws its four curves in their axes, T = %i', (timesteps) => {
    const svg = scheduleFigure('linear', timesteps, table(timesteps));
    const curves = [...svg.matchAll(/points="([^"]*)"/g)].map((m) => m[1]!.split(' ').map((p) => p.split(',').map(Number)));
    expect(curves).toHaveLength(4);
    for (const points of curves)
      for (const [x, y] of points as [number, number][]) expect([x > 0, y > 0, y < 600]).toEqual([true, true, true]);
    // β rises, the others fall; y grows downwards
    const slopes = curves.map((points) => Math.sign(points.at(-1)![1]! - points[0]![1]!));
    expect(slopes).toEqual([-1, 1, 1, 1]);
    expect(svg.length).toBeLessThan(60_000);
  });
});

describe('the GIF of a grid', () => {
  it('shows its frames in rows of ten, and rests on the images', async () => {
    const small: Grid = {
      plan: { ...grid.plan, count: 12, labels: grid.plan.labels!.slice(0, 12) },
      images: grid.images.subarray(0, 12 * 784),
      frames: {
        t: Float32Array.of(1, 0.5, 0),
        x: Uint8Array.from({ length: 3 * 12 * 784 }, (_, i) => (7 * i) % 256),
        x0: new Uint8Array(3 * 12 * 784),
      },
    };
    const { width, height, delays, palette, pictures } = readGif(await denoisingGif(small));
    expect([width, height]).toEqual([10 * 60 + 4, 2 * 60 + 4]);
    expect(pictures).toHaveLength(3);
    expect(delays).toEqual([50, 6, 200]);
    expect([...palette]).toEqual(Array.from({ length: 768 }, (_, i) => Math.floor(i / 3)));
    const pixel = (picture: number, image: number, x: number, y: number) =>
      pictures[picture]![(4 + Math.floor(image / 10) * 60 + 2 * y) * width + 4 + (image % 10) * 60 + 2 * x]!;
    // the images to the grey, what is on the way nearly
    for (let image = 0; image < 12; image++) expect(pixel(2, image, 3, 5)).toBe(toGrey(Float32Array.of(image / 40), CLEAN)[0]);
    const byte = small.frames.x[(12 + 11) * 784 + 9 * 28 + 4]!;
    expect(Math.abs(pixel(1, 11, 4, 9) - narrowed(Uint8Array.of(byte), 0.5)[0]!)).toBeLessThan(8);
    // paper between them, and where no image is
    expect([pictures[2]![0], pictures[2]!.at(-1)]).toEqual([255, 255]);
  });
});
