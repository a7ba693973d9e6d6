import { describe, expect, it } from 'vitest';
import { assembleProgram, GraphBuilder } from '../../graph/builder.ts';
import { openReferenceExecutor } from './executor.ts';

/** total' = total + x; output is the old total. */
function counter(shape: number[] = [2]) {
  const g = new GraphBuilder();
  const total = g.state('total', shape);
  return assembleProgram({ total }, { total: g.add(total, g.input('x', shape)) });
}

describe('the reference executor', () => {
  it('keeps states between calls and shares them between programs', async () => {
    const g = new GraphBuilder();
    const doubled = assembleProgram({ doubled: g.mul(g.state('total', [2]), g.constant(2)) });
    const session = await openReferenceExecutor().compile({ count: counter(), doubled });
    await session.load({ total: Float32Array.of(1, 2) });
    expect(await session.run('count', { x: Float32Array.of(10, 10) })).toEqual({ total: Float32Array.of(1, 2) });
    expect(await session.run('doubled', {})).toEqual({ doubled: Float32Array.of(22, 24) });
    const read = await session.read();
    expect(read).toEqual({ total: Float32Array.of(11, 12) });
    read['total']!.fill(0);
    expect(await session.read(['total'])).toEqual({ total: Float32Array.of(11, 12) });
  });

  it('rejects wrong names, wrong sizes and states that were never loaded', async () => {
    const session = await openReferenceExecutor().compile({ count: counter() });
    const x = Float32Array.of(1, 1);
    await expect(session.run('count', { x })).rejects.toThrow('state total is not loaded');
    await expect(session.read()).rejects.toThrow('state total is not loaded');
    await expect(session.read(['other'])).rejects.toThrow('state other is in no program');
    await expect(session.load({ other: x })).rejects.toThrow('no program has a state other');
    await expect(session.load({ total: new Float32Array(3) })).rejects.toThrow('state total of [2] needs 2 numbers, not 3');
    await session.load({ total: x });
    await expect(session.run('count', {})).rejects.toThrow('input x is missing');
    await expect(session.run('count', { x, y: x })).rejects.toThrow('the program has no input y');
    await expect(session.run('count', { x: new Float32Array(1) })).rejects.toThrow('input x of [2] needs 2 numbers, not 1');
    await session.dispose();
    await expect(session.read()).rejects.toThrow('not loaded');
  });

  it('rejects programs that disagree on a state', async () => {
    await expect(openReferenceExecutor().compile({ a: counter([2]), b: counter([3]) })).rejects.toThrow(
      'state total is [2] in one program and [3] in b',
    );
  });
});
