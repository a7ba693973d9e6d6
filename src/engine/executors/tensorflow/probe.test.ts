import { afterEach, expect, it, vi } from 'vitest';
import type { Program } from '../../graph/graph.ts';
import type { Session } from '../executor.ts';
import { probeBfloat16, probeWinograd } from './probe.ts';
import type { Lowered } from './saved-model.ts';

afterEach(() => vi.restoreAllMocks());

/** A device on a clock of its own, whose `run`-th step of a type takes `milliseconds`. */
function device(milliseconds: (images: string, run: number) => number) {
  let now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  const disposed: string[] = [];
  const compile = (_: { probe: Program }, { images }: Lowered): Promise<Session<'probe'>> => {
    let run = 0;
    const session: Partial<Session<'probe'>> = {
      run: () => {
        now += milliseconds(images, run++);
        return Promise.resolve({});
      },
      dispose: () => {
        disposed.push(images);
        return Promise.resolve();
      },
    };
    return Promise.resolve(session as Session<'probe'>);
  };
  return { compile, disposed, time: () => now };
}

it('goes on while other work on the machine stretches bfloat16’s runs', async () => {
  const { compile, disposed } = device((images, run) => (images === 'float32' ? 20 : run < 12 ? 70 : 14));
  expect(await probeBfloat16(compile)).toBeCloseTo(0.7);
  expect(disposed).toEqual(['float32', 'bfloat16']);
});

it('gives up where bfloat16 stays slow, soon', async () => {
  const { compile, time } = device((images) => (images === 'float32' ? 20 : 300));
  expect(await probeBfloat16(compile)).toBeCloseTo(15);
  expect(time()).toBeLessThan(2500);
});

it('takes five rounds where bfloat16 is the faster', async () => {
  const { compile, time } = device((images) => (images === 'float32' ? 20 : 10));
  expect(await probeBfloat16(compile)).toBeCloseTo(0.5);
  expect(time()).toBe(150);
});

it.each([
  ['is found where both ways give the same', 1, true],
  ['is not taken where it gives something else', 1.01, false],
  ['is not taken where the library has no such kernel', undefined, false],
] as const)('Winograd’s way %s', async (_, scale, expected) => {
  const disposed: string[] = [];
  const compile = (_: { probe: Program }, { winograd }: Lowered): Promise<Session<'probe'>> => {
    const session: Partial<Session<'probe'>> = {
      run: () => {
        if (winograd === 'none') return Promise.resolve({ y: Float32Array.of(1, 2) });
        return scale === undefined
          ? Promise.reject(new Error('no kernel'))
          : Promise.resolve({ y: Float32Array.of(1, 2 * scale) });
      },
      dispose: () => {
        disposed.push(winograd);
        return Promise.resolve();
      },
    };
    return Promise.resolve(session as Session<'probe'>);
  };
  expect(await probeWinograd(compile)).toBe(expected);
  expect(disposed).toEqual(['none', 'all']);
});
