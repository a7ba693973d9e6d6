import { describe, expect, it } from 'vitest';
import { gradients } from './autodiff.ts';
import { assembleProgram, GraphBuilder } from './builder.ts';
import type { Value } from './graph.ts';

const opsBehind = (...values: Value[]): string[] =>
  assembleProgram(Object.fromEntries(values.map((v, i) => [`${i}`, v]))).nodes.map((n) => n.op);

describe('gradients', () => {
  it('builds no work for what is not asked for', () => {
    const g = new GraphBuilder();
    const x = g.input('x', [1, 1, 4, 4]);
    const w = g.state('w', [1, 1, 3, 3]);
    const loss = g.mean(g.conv(x, w, { stride: 1, pad: 1 }), [0, 1, 2, 3]);
    const ops = opsBehind(...gradients(g, loss, [w]));
    expect(ops).toContain('convFilterGrad');
    expect(ops).not.toContain('convInputGrad');
  });

  it('reaches a parameter through every path, and follows no other', () => {
    const g = new GraphBuilder();
    const w = g.state('w', []);
    const other = g.state('other', []);
    const loss = g.add(g.mul(w, other), g.mul(w, g.input('x', [])));
    const [dw] = gradients(g, loss, [w]);
    expect(opsBehind(dw!).filter((op) => op === 'add')).toHaveLength(1);
    const [both, dOther] = gradients(g, loss, [w, other]);
    expect(both!.shape).toEqual([]);
    expect(dOther!.shape).toEqual([]);
  });

  it('refuses a loss that is no scalar, a parameter that has no part in it, and an op without a rule', () => {
    const g = new GraphBuilder();
    const w = g.state('w', [2]);
    const idle = g.state('idle', [2]);
    expect(() => gradients(g, w, [w])).toThrow('only a scalar has a gradient, not [2]');
    expect(() => gradients(g, g.sum(w, [0]), [idle])).toThrow("the loss doesn't depend on idle");
    expect(() => gradients(g, g.sum(g.geluGrad(w, w), [0]), [w])).toThrow('geluGrad has no gradient rule');
  });

  it('refuses a loss that depends on the statistics of a batch norm', () => {
    const g = new GraphBuilder();
    const w = g.state('w', [1, 1, 2, 2]);
    const { mean } = g.batchNorm(w, g.state('γ', [1]), g.state('β', [1]), 1e-5);
    expect(() => gradients(g, g.sum(mean, [0]), [w])).toThrow('no gradient through its mean and variance');
  });
});
