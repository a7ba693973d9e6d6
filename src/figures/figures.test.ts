import { Buffer } from 'node:buffer';
import { decode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { NOISE_LEVELS } from '#contract/figure.ts';
import { noisyWindow, toGrey } from '#contract/grey.ts';
import { presetRecipe, type Part } from '#contract/preset.ts';
import { figureFileName } from './file-name.ts';
import { lossFigure } from './loss.ts';
import { noisingFigure } from './noising.ts';
import { noiseLevelsFigure, resultsFigure, type Samples } from './results.ts';

const assigned = {
  recipe: presetRecipe('denoiser', 'assigned'),
  precision: 'float32',
  device: 'onnx-cpu',
  epochs: 5,
  trained: 5,
};
const quick = { recipe: presetRecipe('denoiser', 'quick'), precision: 'float32', device: 'onnx-cpu', epochs: 5, trained: 5 };
const ramp = (digits: number, from: number, to: number) =>
  Float32Array.from({ length: digits * 784 }, (_, i) => from + ((to - from) * (i % 784)) / 783);
const levels = Float32Array.from(NOISE_LEVELS);
const samples: Samples = {
  count: 10,
  sigma: 0.5,
  clean: ramp(10, 0, 1),
  noisy: ramp(10, -1, 2),
  denoised: ramp(10, -0.1, 1.1),
  levels: { sigmas: levels, noisy: ramp(7, -1, 2), denoised: ramp(7, 0, 1) },
};
const metrics = (n: number, loss: (step: number) => number, testSteps: number[] = []) => ({
  steps: Int32Array.from({ length: n }, (_, i) => i + 1),
  losses: Float32Array.from({ length: n }, (_, i) => loss(i + 1)),
  learningRates: new Float32Array(n),
  seconds: new Float32Array(n),
  testSteps: Int32Array.from(testSteps),
  testLosses: new Float32Array(testSteps.length).fill(0.01),
});
/** What a reader of the figure reads. */
const words = (svg: string): string[] =>
  [...svg.matchAll(/<text[^>]*>(.*?)<\/text>/gs)].map((m) => m[1]!.replaceAll(/<[^>]*>/g, '').replaceAll('\u00a0', ' '));
const images = (svg: string): Uint8Array[] =>
  [...svg.matchAll(/href="data:image\/png;base64,([^"]*)"/g)].map((m) => Buffer.from(m[1]!, 'base64'));

describe('the noising figure', () => {
  const svg = noisingFigure({ digits: 5, sigmas: levels, images: ramp(35, -1, 2), seed: 180 });
  it('shows five digits at seven labelled noise levels', () => {
    expect(images(svg)).toHaveLength(35);
    expect(words(svg).filter((w) => w.startsWith('σ = '))).toEqual(NOISE_LEVELS.map((s) => `σ = ${s.toFixed(1)}`));
    expect(words(svg)[0]).toBe('Figure 3 Digits under growing noise, z = x + σε');
    expect(words(svg).join(' ')).toContain('seed 180');
  });
  it("draws every pixel as a square of one grey, in the noise level's window", () => {
    const png = decode(images(svg)[3 * 5]!); // the fourth column is σ = 0.5
    const zoom = png.width / 28;
    const grey = toGrey(ramp(1, -1, 2), noisyWindow(0.5));
    expect([zoom, png.height, png.channels]).toEqual([6, png.width, 1]);
    for (let y = 0; y < png.height; y++)
      for (let x = 0; x < png.width; x++)
        if (png.data[y * png.width + x] !== grey[Math.floor(y / zoom) * 28 + Math.floor(x / zoom)])
          throw new Error(`pixel ${x}, ${y}`);
  });
});

describe('the results figure', () => {
  it('has the number that the assignment gives to its epoch', () => {
    expect(words(resultsFigure({ ...assigned, epochs: 1 }, samples))[0]).toBe('Figure 5 Test digits after 1 epoch of training');
    expect(words(resultsFigure(assigned, samples))[0]).toBe('Figure 6 Test digits after 5 epochs of training');
    expect(words(resultsFigure({ ...assigned, epochs: 3 }, samples))[0]).toBe('Test digits after 3 epochs of training');
  });
  it('states how it was made, and that it is a preview when that is not as assigned', () => {
    const text = words(resultsFigure(assigned, samples)).join(' ');
    expect(text).toContain('D = 128 · 5 epochs · MNIST train split, 60,000 digits');
    expect(text).toMatch(/float32 on onnx-cpu (· )?seed 180/);
    expect(text).toContain('Made at the settings of the assignment.');
    expect(text).not.toContain('Preview');
    // another seed is still the assignment
    expect(words(resultsFigure({ ...assigned, recipe: { ...assigned.recipe, seed: 7 } }, samples)).join(' ')).not.toContain(
      'Preview',
    );
    const preview = words(resultsFigure(quick, samples)).join(' ');
    expect(preview).not.toContain('at the settings of the assignment');
    expect(preview).toContain(
      'Preview: the assignment asks for hidden width D 128, batch size 256, learning rate 0.0001, training digits 60,000.',
    );
    expect(preview).toContain('D = 16');
    expect(preview).toContain('20,000 digits of the MNIST train split');
    const other = { ...assigned, recipe: { ...assigned.recipe, model: 'improved' as const } };
    expect(words(resultsFigure(other, samples)).join(' ')).toContain('D = 128 · improved network · 5 epochs');
    expect(words(resultsFigure(other, samples)).join(' ')).toContain('Preview: the assignment asks for network assigned.');
  });
  it('shows input, noisy and denoised digits in rows', () => {
    const svg = resultsFigure(assigned, samples);
    expect(images(svg)).toHaveLength(30);
    expect(words(svg).slice(1, 5)).toEqual(['Input', 'Noisy', 'σ = 0.5', 'Denoised']);
  });
});

describe('the noise-level figure', () => {
  it('shows one digit noisy above denoised, and marks the level of the training', () => {
    const svg = noiseLevelsFigure(assigned, samples);
    expect(images(svg)).toHaveLength(14);
    expect(/<text[^>]*font-weight="600"[^>]*>(.*?)</.exec(svg)?.[1]).toBe('σ = 0.5');
  });
  it('is a preview before the last epoch', () => {
    expect(words(noiseLevelsFigure({ ...assigned, epochs: 2 }, samples)).join(' ')).toContain('Preview: it shows epoch 2 of 5.');
    expect(words(noiseLevelsFigure(assigned, samples)).join(' ')).not.toContain('Preview');
  });
});

describe('figures of a run that is not through', () => {
  it('are previews, also of an epoch that is asked for', () => {
    const text = words(resultsFigure({ ...assigned, epochs: 1, trained: 2 }, samples)).join(' ');
    expect(text).toContain('Preview: 2 of 5 epochs are trained.');
    expect(text).not.toContain('at the settings of the assignment');
  });
});

describe('the loss figure', () => {
  const steps = 1175;
  it('has a logarithmic axis with 1-2-5 ticks, epoch marks and the planned end', () => {
    const svg = lossFigure(
      assigned,
      metrics(steps, (s) => 0.009 + 0.3 / s, [235, 470]),
    );
    const text = words(svg);
    for (const label of [
      '0.01',
      '0.02',
      '0.05',
      '0.1',
      '0.2',
      'epoch 1',
      '5',
      '0',
      '200',
      '1,175 steps',
      'smoothed',
      'test digits',
    ])
      expect(text).toContain(label);
    expect(svg.match(/stroke-dasharray/g)).toHaveLength(5);
    const y = (label: string) => Number(new RegExp(`y="([\\d.]+)"[^>]*>${label}<`).exec(svg)?.[1]);
    expect(y('0.01') - y('0.1')).toBeCloseTo(y('0.02') - y('0.2'), 1);
  });
  it('has the number and the loss of its part', () => {
    const of = (part: Part) => {
      const recipe = presetRecipe(part, 'assigned');
      return words(
        lossFigure(
          { ...assigned, recipe, epochs: 0 },
          metrics(40, () => 0.1),
        ),
      ).join(' ');
    };
    expect(of('denoiser')).toMatch(/Figure 4 .*‖D\(z\) − x‖²/);
    expect(of('time')).toMatch(/Figure 10 .*‖ε_θ\(x_t, t\) − ε‖²/);
    expect(of('class')).toMatch(/Figure 11 .*‖ε_θ\(x_t, t\) − ε‖²/);
    expect(of('flow')).toContain('‖v_θ(x_t, t) − (ε − x)‖²');
    expect(of('flow')).not.toContain('Figure');
  });
  it('gives the mean of the last epoch, and is a preview until the last step', () => {
    const done = words(
      lossFigure(
        assigned,
        metrics(steps, (s) => (s > 940 ? 0.0086 : 0.02)),
      ),
    ).join(' ');
    expect(done).toContain('0.0086 over the last epoch');
    expect(done).not.toContain('Preview');
    const part = words(
      lossFigure(
        { ...assigned, epochs: 2 },
        metrics(588, () => 0.01),
      ),
    ).join(' ');
    expect(part).toContain('Preview: step 588 of 1,175.');
    expect(part).toContain('2 of 5 epochs');
  });
  it('has its axes before the first step', () => {
    const text = words(
      lossFigure(
        { ...assigned, epochs: 0 },
        metrics(0, () => 1),
      ),
    );
    expect(text).toContain('0.01');
    expect(text.join(' ')).not.toContain('over the last epoch');
  });
  it('is drawn also where losses are no numbers, all alike, or far apart', () => {
    for (const loss of [
      (s: number) => (s % 9 === 0 ? NaN : 0.1),
      () => NaN,
      () => 0,
      () => 0.01,
      (s: number) => 10 ** (s / 150 - 5),
    ]) {
      const svg = lossFigure(assigned, metrics(steps, loss, [235]));
      expect(/.{0,60}(NaN|Infinity|undefined)/.exec(svg)?.[0]).toBeUndefined();
      expect(words(svg).filter((w) => /^[\d.]+$/.test(w) || w.includes('e')).length).toBeGreaterThan(2);
    }
  });
  it('thins its epoch marks when there are many', () => {
    const many = { ...assigned, recipe: { ...assigned.recipe, epochs: 200 } };
    const text = words(
      lossFigure(
        many,
        metrics(100, () => 0.1),
      ),
    );
    expect(text).toContain('epoch 20');
    expect(text).toContain('200');
    expect(text).not.toContain('21');
  });
  it('stays small for a hundred thousand steps', () => {
    const long = { ...assigned, recipe: { ...assigned.recipe, batchSize: 3 } };
    expect(
      lossFigure(
        long,
        metrics(100_000, (s) => 0.01 + 1 / s),
      ).length,
    ).toBeLessThan(60_000);
  });
});

describe('figureFileName', () => {
  it('says which figure of which run it is', () => {
    expect(figureFileName({ figure: 'noising', seed: 1 }, 'png')).toBe('figure-3-noising.png');
    expect(figureFileName({ figure: 'loss', run: 'r' }, 'svg', 'denoiser')).toBe('figure-4-loss-r.svg');
    expect(figureFileName({ figure: 'loss', run: 'r' }, 'csv', 'class')).toBe('figure-11-loss-r.csv');
    expect(figureFileName({ figure: 'loss', run: 'r' }, 'svg', 'flow')).toBe('loss-r.svg');
    expect(figureFileName({ figure: 'results', run: 'r', epoch: 1 }, 'png')).toBe('figure-5-epoch-1-r.png');
    expect(figureFileName({ figure: 'results', run: 'r', epoch: 5 }, 'png')).toBe('figure-6-epoch-5-r.png');
    expect(figureFileName({ figure: 'results', run: 'r', epoch: 3 }, 'png')).toBe('epoch-3-r.png');
    expect(figureFileName({ figure: 'noise-levels', run: 'r', epoch: 5 }, 'png')).toBe('figure-7-noise-levels-epoch-5-r.png');
  });
});
