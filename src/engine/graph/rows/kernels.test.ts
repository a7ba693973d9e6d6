import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sizeOf, type Shape } from '../graph.ts';
import type { Attributes, OpName } from '../ops.ts';
import { erf } from './activation.ts';
import { rowOf } from './table.ts';

/** Runs one kernel. */
function compute<K extends OpName>(op: K, attributes: Attributes[K], ...inputs: [Shape, ArrayLike<number>][]) {
  const inputShapes = inputs.map(([shape]) => shape);
  const outputShapes = rowOf(op).shape(inputShapes, attributes);
  const outputs = rowOf(op).kernel({
    inputs: inputs.map(([, data]) => Float64Array.from(data)),
    inputShapes,
    outputShapes,
    attributes,
  });
  return outputs.map((data, i) => ({ shape: outputShapes[i]!, data: [...data] }));
}
const numbers = (shape: Shape, phase: number) => Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(1 + phase + 1.7 * i));
const dot = (a: number[], b: number[]) => a.reduce((sum, v, i) => sum + v * b[i]!, 0);

describe('ema', () => {
  it('moves the average by its share of the difference, and takes one shape and a scalar', () => {
    const [next] = compute('ema', {}, [[2], [1, 2]], [[2], [5, 2]], [[], [0.25]]);
    expect(next!.data).toEqual([2, 2]);
    expect(() => compute('ema', {}, [[2], [1, 2]], [[3], [5, 2, 1]], [[], [0.25]])).toThrow('the same shape');
    expect(() => compute('ema', {}, [[2], [1, 2]], [[2], [5, 2]], [[1], [0.25]])).toThrow('as a scalar');
  });
});

describe('convolution', () => {
  const geometry = fc.record({
    batch: fc.integer({ min: 1, max: 2 }),
    ci: fc.integer({ min: 1, max: 3 }),
    co: fc.integer({ min: 1, max: 3 }),
    size: fc.integer({ min: 4, max: 8 }),
    kernel: fc.integer({ min: 1, max: 4 }),
    stride: fc.integer({ min: 1, max: 3 }),
    pad: fc.integer({ min: 0, max: 2 }),
  });

  it('is its definition, pixel by pixel', () => {
    fc.assert(
      fc.property(geometry, ({ batch, ci, co, size, kernel, stride, pad }) => {
        const x = numbers([batch, ci, size, size], 0);
        const w = numbers([co, ci, kernel, kernel], 5);
        const [y] = compute('conv', { stride, pad }, [[batch, ci, size, size], x], [[co, ci, kernel, kernel], w]);
        const out = y!.shape[2]!;
        const at = (b: number, o: number, py: number, px: number) => {
          let sum = 0;
          for (let i = 0; i < ci; i++)
            for (let ky = 0; ky < kernel; ky++)
              for (let kx = 0; kx < kernel; kx++) {
                const [iy, ix] = [py * stride + ky - pad, px * stride + kx - pad];
                if (iy < 0 || iy >= size || ix < 0 || ix >= size) continue;
                sum += x[((b * ci + i) * size + iy) * size + ix]! * w[((o * ci + i) * kernel + ky) * kernel + kx]!;
              }
          return sum;
        };
        let index = 0;
        for (let b = 0; b < batch; b++)
          for (let o = 0; o < co; o++)
            for (let py = 0; py < out; py++)
              for (let px = 0; px < out; px++) expect(y!.data[index++]).toBeCloseTo(at(b, o, py, px), 12);
        expect(index).toBe(y!.data.length);
      }),
    );
  });

  it('has the two gradients as adjoints', () => {
    fc.assert(
      fc.property(geometry, ({ batch, ci, co, size, kernel, stride, pad }) => {
        const xShape = [batch, ci, size, size];
        const wShape = [co, ci, kernel, kernel];
        const [x, w] = [numbers(xShape, 0), numbers(wShape, 5)];
        const [conv] = compute('conv', { stride, pad }, [xShape, x], [wShape, w]);
        const y = numbers(conv!.shape, 9);
        const [dx] = compute('convInputGrad', { stride, pad, size }, [conv!.shape, y], [wShape, w]);
        const [dw] = compute('convFilterGrad', { stride, pad, kernel }, [xShape, x], [conv!.shape, y]);
        expect(dx!.shape).toEqual(xShape);
        expect(dw!.shape).toEqual(wShape);
        expect(dot(dx!.data, x)).toBeCloseTo(dot(conv!.data, y), 9);
        expect(dot(dw!.data, w)).toBeCloseTo(dot(conv!.data, y), 9);
      }),
    );
  });
});

describe('other kernels', () => {
  it('batchNorm brings each channel to mean β and deviation γ, and reports the biased variance', () => {
    const x = numbers([3, 2, 4, 4], 0);
    const [y, mean, variance] = compute('batchNorm', { epsilon: 0 }, [[3, 2, 4, 4], x], [[2], [2, 0.5]], [[2], [-1, 3]]);
    for (const c of [0, 1]) {
      const of = (data: number[]) => data.filter((_, i) => Math.floor(i / 16) % 2 === c);
      const mu = (data: number[]) => data.reduce((a, b) => a + b, 0) / data.length;
      const deviation = (data: number[]) => Math.sqrt(mu(data.map((v) => (v - mu(data)) ** 2)));
      expect(mean!.data[c]).toBeCloseTo(mu(of(x)), 12);
      expect(variance!.data[c]).toBeCloseTo(deviation(of(x)) ** 2, 12);
      expect(mu(of(y!.data))).toBeCloseTo([-1, 3][c]!, 12);
      expect(deviation(of(y!.data))).toBeCloseTo([2, 0.5][c]!, 12);
    }
  });

  it('erf agrees with Abramowitz & Stegun, table 7.1, and at its tails', () => {
    expect(erf(0)).toBe(0);
    expect(erf(0.5)).toBeCloseTo(0.5204998778, 10);
    expect(erf(1)).toBeCloseTo(0.8427007929, 10);
    expect(erf(2)).toBeCloseTo(0.995322265, 9);
    expect(erf(-1.5)).toBeCloseTo(-0.9661051465, 10);
    expect(1 - erf(2.9999999)).toBeCloseTo(2.2090497e-5, 10);
    expect(erf(3.0000001) - erf(2.9999999)).toBeCloseTo((2e-7 * 2 * Math.exp(-9)) / Math.sqrt(Math.PI), 15);
    expect([erf(6), erf(-40)]).toEqual([1, -1]);
  });

  it('gelu is x Φ(x)', () => {
    const [y] = compute('gelu', {}, [[4], [0, 1, -1, 10]]);
    [0, 0.8413447460685429, -0.15865525393145707, 10].forEach((v, i) => expect(y!.data[i]).toBeCloseTo(v, 14));
  });

  it('matmul takes either operand transposed', () => {
    const a = [1, 2, 3, 4, 5, 6]; // [2, 3]
    const b = [1, 0, 2, 1, 0, 3]; // [3, 2]
    const aT = [1, 4, 2, 5, 3, 6];
    const bT = [1, 2, 0, 0, 1, 3];
    for (const transposeA of [false, true])
      for (const transposeB of [false, true]) {
        const [y] = compute(
          'matmul',
          { transposeA, transposeB },
          [transposeA ? [3, 2] : [2, 3], transposeA ? aT : a],
          [transposeB ? [2, 3] : [3, 2], transposeB ? bT : b],
        );
        expect(y).toEqual({ shape: [2, 2], data: [5, 11, 14, 23] });
      }
  });

  it('concat, slice and padZero undo each other', () => {
    const [joined] = compute(
      'concat',
      { axis: 1 },
      [
        [2, 1, 2],
        [1, 2, 3, 4],
      ],
      [
        [2, 2, 2],
        [5, 6, 7, 8, 9, 10, 11, 12],
      ],
    );
    expect(joined).toEqual({ shape: [2, 3, 2], data: [1, 2, 5, 6, 7, 8, 3, 4, 9, 10, 11, 12] });
    const [part] = compute('slice', { axis: 1, start: 1, length: 2 }, [[2, 3, 2], joined!.data]);
    expect(part).toEqual({ shape: [2, 2, 2], data: [5, 6, 7, 8, 9, 10, 11, 12] });
    const [padded] = compute('padZero', { axis: 1, before: 1, after: 0 }, [[2, 2, 2], part!.data]);
    expect(padded!.data).toEqual([0, 0, 5, 6, 7, 8, 0, 0, 9, 10, 11, 12]);
  });

  it('transpose and broadcastTo read along the right axes', () => {
    expect(
      compute('transpose', { permutation: [1, 0] }, [
        [2, 3],
        [1, 2, 3, 4, 5, 6],
      ])[0],
    ).toEqual({
      shape: [3, 2],
      data: [1, 4, 2, 5, 3, 6],
    });
    expect(
      compute('broadcastTo', { shape: [2, 2, 2] }, [
        [2, 1],
        [1, 2],
      ])[0]!.data,
    ).toEqual([1, 1, 2, 2, 1, 1, 2, 2]);
    expect(compute('broadcastTo', { shape: [] }, [[], [7]])[0]!.data).toEqual([7]);
  });

  it('sum and mean go over the named axes', () => {
    const x: [Shape, number[]] = [
      [2, 2, 3],
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
    ];
    expect(compute('sum', { axes: [0, 2], keepDims: false }, x)[0]).toEqual({ shape: [2], data: [30, 48] });
    expect(compute('mean', { axes: [1], keepDims: true }, x)[0]).toEqual({
      shape: [2, 1, 3],
      data: [2.5, 3.5, 4.5, 8.5, 9.5, 10.5],
    });
  });

  it('adam moves by the learning rate in its first step, whatever the gradient is', () => {
    const scalars: [Shape, number[]][] = [0.01, 1 / (1 - 0.9), 1 / (1 - 0.999)].map((v) => [[], [v]]);
    const zeros: [Shape, number[]] = [[2], [0, 0]];
    const attributes = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
    const [p, m, v] = compute('adam', attributes, [[2], [1, 1]], zeros, zeros, [[2], [1000, -0.001]], ...scalars);
    expect(p!.data[0]).toBeCloseTo(0.99, 10);
    expect(p!.data[1]).toBeCloseTo(1.01, 6);
    expect(m!.data[0]).toBeCloseTo(100, 12);
    expect(v!.data[0]).toBeCloseTo(1000, 9);
  });
});
