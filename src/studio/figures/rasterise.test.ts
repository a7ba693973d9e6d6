import { decode } from 'fast-png';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NOISE_LEVELS } from '#contract/figure.ts';
import { CLEAN, toGrey } from '#contract/grey.ts';
import { presetRecipe } from '#contract/preset.ts';
import { parseRecipe, totalSteps } from '#contract/recipe.ts';
import { lossFigure } from '#figures/loss.ts';
import { noisingFigure } from '#figures/noising.ts';
import { noiseLevelsFigure, resultsFigure, type Samples } from '#figures/results.ts';
import { rasterise } from './rasterise.ts';

const digits = (n: number) => Float32Array.from({ length: n * 784 }, (_, i) => ((i * 37) % 101) / 100);
const levels = Float32Array.from(NOISE_LEVELS);
const samples: Samples = {
  count: 10,
  sigma: 0.5,
  clean: digits(10),
  noisy: digits(10),
  denoised: digits(10),
  levels: { sigmas: levels, noisy: digits(7), denoised: digits(7) },
};
const facts = { recipe: presetRecipe('denoiser', 'assigned'), precision: 'float32', device: 'onnx-cpu', epochs: 5, trained: 5 };

interface Picture {
  width: number;
  height: number;
  /** brightness, 0 to 255 */
  at(x: number, y: number): number;
}
async function draw(svg: string, scale: number): Promise<Picture> {
  const { width, height, data, channels } = decode(await rasterise(svg, scale));
  return { width, height, at: (x, y) => data[(y * width + x) * channels]! };
}
/** Share of pixels in a rectangle that aren't paper. */
function ink(picture: Picture, left: number, top: number, right: number, bottom: number): number {
  let inked = 0;
  for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) if (picture.at(x, y) < 250) inked++;
  return inked / ((right - left) * (bottom - top));
}

describe('rasterise', () => {
  it('gives as many pixels a unit as asked for', async () => {
    const svg = resultsFigure(facts, samples);
    const [, width, height] = /width="(\d+)" height="(\d+)"/.exec(svg)!.map(Number) as [number, number, number];
    for (const scale of [1, 3]) {
      const picture = await draw(svg, scale);
      expect([picture.width, picture.height]).toEqual([width * scale, height * scale]);
    }
  });
  it.each([1, 2, 3, 4])("keeps a digit's pixels as they are at %i pixels a unit", async (scale) => {
    const picture = await draw(resultsFigure(facts, samples), scale);
    const grey = toGrey(samples.clean.subarray(0, 784), CLEAN);
    const side = 2 * scale; // a tile is 56 units
    const [left, top] = [104 * scale, 68 * scale];
    for (let pixel = 0; pixel < 784; pixel++)
      for (const [dx, dy] of [
        [0, 0],
        [side - 1, side - 1],
      ] as const)
        expect(picture.at(left + (pixel % 28) * side + dx, top + Math.floor(pixel / 28) * side + dy)).toBe(grey[pixel]);
  });
  it('draws text with the fonts of our own, in both weights', async () => {
    const picture = await draw(resultsFigure({ ...facts, epochs: 1 }, samples), 2);
    const bold = ink(picture, 64, 60, 176, 92); // "Figure 5"
    const plain = ink(picture, 208, 60, 500, 92); // the title
    expect(plain).toBeGreaterThan(0.08);
    expect(bold).toBeGreaterThan(plain * 1.1);
  });
});

describe('every figure', () => {
  it('keeps its margins free, whatever the recipe', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          width: fc.integer({ min: 1, max: 512 }),
          batchSize: fc.integer({ min: 1, max: 4096 }),
          epochs: fc.integer({ min: 1, max: 1000 }),
          learningRate: fc.double({ min: 1e-6, max: 1, noNaN: true }),
          sigma: fc.double({ min: 0, max: 4, noNaN: true }),
          subset: fc.integer({ min: 1, max: 60_000 }),
          seed: fc.nat(0xffffffff),
        }),
        fc.integer({ min: 0, max: 300 }),
        async (fields, trained) => {
          const recipe = parseRecipe(fields);
          const steps = Math.min(trained, totalSteps(recipe));
          const run = { ...facts, recipe, epochs: Math.min(3, recipe.epochs), trained: Math.min(3, recipe.epochs) };
          const metrics = {
            steps: Int32Array.from({ length: steps }, (_, i) => i + 1),
            losses: Float32Array.from({ length: steps }, (_, i) => 3 / (i + 1)),
            learningRates: new Float32Array(steps),
            seconds: new Float32Array(steps),
            testSteps: new Int32Array(0),
            testLosses: new Float32Array(0),
          };
          const noising = { digits: 5, sigmas: levels, images: digits(35), seed: recipe.seed };
          for (const svg of [
            lossFigure(run, metrics),
            resultsFigure(run, samples),
            noiseLevelsFigure(run, samples),
            noisingFigure(noising),
          ]) {
            const picture = await draw(svg, 1);
            const { width, height } = picture;
            const margin = 20;
            expect(ink(picture, 0, 0, width, margin)).toBe(0);
            expect(ink(picture, 0, height - margin, width, height)).toBe(0);
            expect(ink(picture, 0, 0, margin, height)).toBe(0);
            expect(ink(picture, width - margin, 0, width, height)).toBe(0);
          }
        },
      ),
      { numRuns: 12 },
    );
  });
});
