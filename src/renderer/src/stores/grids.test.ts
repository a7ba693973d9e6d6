// @vitest-environment happy-dom
import { createPinia, setActivePinia } from 'pinia';
import { beforeEach, describe, expect, it } from 'vitest';
import { StudioError } from '#contract/error.ts';
import { gridPlan, type Grid } from '#contract/sampling.ts';
import { presetRecipe } from '#contract/preset.ts';
import { openStudio } from '../client.ts';
import { PIXELS } from '../pixels.ts';
import { scriptedLink } from '../scripted-link.ts';
import { useGrids } from './grids.ts';

/** Image i of epoch e is e + i/100 everywhere. */
function grid(epoch: number): Grid {
  return {
    plan: gridPlan(presetRecipe('class', 'assigned'), epoch),
    images: Float32Array.from({ length: 40 * PIXELS }, (_, i) => epoch + Math.floor(i / PIXELS) / 100),
    frames: { t: new Float32Array(0), x: new Uint8Array(0), x0: new Uint8Array(0) },
  };
}
function open() {
  const scripted = scriptedLink({
    'runs.grid': ({ epoch }) => {
      if (epoch === 9) throw new StudioError('not-found', 'No grid was kept.', 'Sample from the checkpoint.');
      return grid(epoch);
    },
  });
  openStudio(scripted.link);
  return { scripted, grids: useGrids() };
}
const settle = () => new Promise((resolve) => setTimeout(resolve));

describe('grids', () => {
  beforeEach(() => setActivePinia(createPinia()));

  it('are fetched once, and say why one is missing', async () => {
    const { scripted, grids } = open();
    grids.want('a', 2);
    grids.want('a', 2);
    grids.want('a', 9);
    expect(grids.stateOf('a', 2)).toEqual({ status: 'loading' });
    await settle();
    expect(scripted.count('runs.grid')).toBe(2);
    expect(grids.stateOf('a', 2)).toMatchObject({ status: 'ready' });
    expect(grids.stateOf('a', 9)).toMatchObject({ status: 'failed', error: { message: 'No grid was kept.' } });
  });
  it('are forgotten when their run is cut back or removed', async () => {
    const { scripted, grids } = open();
    grids.want('a', 2);
    grids.want('b', 2);
    await grids.wantDigit('a', 2, 0);
    await settle();
    scripted.tell('run.cut', { id: 'a', step: 1 });
    expect([grids.stateOf('a', 2), grids.digitOf('a', 2), grids.stateOf('b', 2)?.status]).toEqual([
      undefined,
      undefined,
      'ready',
    ]);
    scripted.tell('run.removed', { id: 'b' });
    expect(grids.stateOf('b', 2)).toBeUndefined();
  });
  it('give single digits without being kept', async () => {
    const { scripted, grids } = open();
    await grids.wantDigit('a', 3, 2);
    await grids.wantDigit('a', 3, 2);
    expect(grids.digitOf('a', 3)?.[0]).toBeCloseTo(3.02);
    expect(grids.digitOf('a', 3)).toHaveLength(PIXELS);
    expect([grids.stateOf('a', 3), scripted.count('runs.grid')]).toEqual([undefined, 1]);
    await grids.wantDigit('a', 9, 2);
    expect(grids.digitOf('a', 9)).toBeUndefined();
  });
});
