import { describe, expect, it } from 'vitest';
import { assembleProgram, GraphBuilder } from './builder.ts';

describe('GraphBuilder', () => {
  it('gives the same value for the same name, and refuses another shape or kind', () => {
    const g = new GraphBuilder();
    const w = g.state('w', [2, 3]);
    expect(g.state('w', [2, 3])).toBe(w);
    expect(() => g.state('w', [3, 2])).toThrow('state w of [3, 2] is already the state of [2, 3]');
    expect(() => g.input('w', [2, 3])).toThrow('already the state');
    expect(() => g.input('nothing', [0])).toThrow('input nothing is empty');
  });

  it('computes once what is asked for twice, and nothing else', () => {
    const g = new GraphBuilder();
    const [x, w] = [g.input('x', [2, 2]), g.state('w', [2, 2])];
    expect(g.matmul(x, w)).toBe(g.matmul(x, w));
    expect(g.matmul(x, w, { transposeB: true })).not.toBe(g.matmul(x, w));
    expect(g.sub(x, w)).not.toBe(g.sub(w, x));
    const { mean, variance } = g.batchNorm(g.input('image', [2, 1, 2, 2]), g.constant(1, [1]), g.constant(1, [1]), 1e-5);
    expect(g.gelu(mean)).not.toBe(g.gelu(variance));
  });

  it('refuses inputs that do not fit the op, and says which', () => {
    const g = new GraphBuilder();
    const image = g.input('image', [2, 3, 5, 5]);
    const kernel = g.input('kernel', [4, 2, 3, 3]);
    const matrix = g.input('matrix', [2, 3]);
    const geometry = { stride: 1, pad: 0 };
    expect(() => g.conv(image, kernel, geometry)).toThrow('3 channels meet a kernel for 2');
    expect(() => g.conv(matrix, kernel, geometry)).toThrow('conv needs 4 axes, not [2, 3]');
    expect(() => g.conv(image, g.input('big', [1, 3, 9, 9]), geometry)).toThrow('larger than the padded image');
    expect(() => g.convInputGrad(image, g.input('w', [3, 1, 3, 3]), { stride: 1, pad: 0, size: 8 })).toThrow(
      'no image of size 8',
    );
    expect(() => g.convFilterGrad(image, image, { stride: 1, pad: 0, kernel: 3 })).toThrow('no kernel of size 3');
    expect(() => g.matmul(matrix, matrix)).toThrow('the inner sizes differ');
    expect(() => g.batchNorm(image, g.input('γ', [2]), g.input('β', [3]), 1e-5)).toThrow('needs γ and β of [3]');
    expect(() => g.concat([matrix, g.input('other', [3, 3])], 1)).toThrow('the other axes differ');
    expect(() => g.slice(matrix, { axis: 1, start: 2, length: 2 })).toThrow('has no 2 … 4');
    expect(() => g.reshape(matrix, [7])).toThrow('the sizes differ');
    expect(() => g.transpose(matrix, [0, 0])).toThrow('is no order');
    expect(() => g.add(matrix, g.input('four', [4]))).toThrow('add of [2, 3] and [4]: axis 1 differs');
    expect(() => g.sum(matrix, [2])).toThrow('there is no axis 2');
    expect(() => g.broadcastTo(matrix, [2, 4])).toThrow("doesn't repeat");
  });

  it('sums back over what broadcasting repeated', () => {
    const g = new GraphBuilder();
    const x = g.input('x', [2, 3, 4]);
    expect(g.sumTo(x, [3, 1]).shape).toEqual([3, 1]);
    expect(g.sumTo(x, [2, 3, 4])).toBe(x);
  });
});

describe('assembleProgram', () => {
  it('holds only what outputs and updates need, inputs before users', () => {
    const g = new GraphBuilder();
    const x = g.input('x', [2]);
    const w = g.state('w', [2]);
    g.gelu(g.input('unused', [2]));
    const y = g.mul(x, w);
    const program = assembleProgram({ y }, { w: g.add(w, x) });
    expect(program.nodes.map((n) => n.op)).toEqual(['input', 'state', 'mul', 'add']);
    expect(Object.keys(program.inputs)).toEqual(['x']);
    expect(Object.keys(program.states)).toEqual(['w']);
  });

  it('refuses updates of states that it does not have, or of another shape', () => {
    const g = new GraphBuilder();
    const w = g.state('w', [2]);
    expect(() => assembleProgram({ w }, { v: w })).toThrow('the update of v names no state');
    expect(() => assembleProgram({ w }, { w: g.sum(w, [0]) })).toThrow('the update of w is [], the state [2]');
  });
});
