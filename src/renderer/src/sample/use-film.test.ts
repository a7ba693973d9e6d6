// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { effectScope, nextTick, ref, type EffectScope } from 'vue';
import { useFilm } from './use-film.ts';

describe('the film of a sampling', () => {
  let scope: EffectScope;
  beforeEach(() => {
    vi.useFakeTimers();
    scope = effectScope();
  });
  afterEach(() => {
    scope.stop();
    vi.useRealTimers();
  });
  function open(frames: number, running: boolean) {
    const [count, live] = [ref(frames), ref(running)];
    return { count, live, film: scope.run(() => useFilm(count, live))! };
  }

  it('shows the newest frame while more come, until another one is looked at', async () => {
    const { count, film } = open(1, true);
    count.value = 5;
    await nextTick();
    expect(film.at.value).toBe(4);
    film.seek(2);
    count.value = 8;
    await nextTick();
    expect(film.at.value).toBe(2);
    film.seek(99);
    count.value = 9;
    await nextTick();
    expect(film.at.value).toBe(8);
  });

  it('begins again with the next sampling', async () => {
    const { count, film } = open(10, false);
    film.seek(3);
    count.value = 1;
    await nextTick();
    count.value = 2;
    await nextTick();
    expect(film.at.value).toBe(1);
  });

  it('plays from the noise to the image, and stops there', () => {
    const { film } = open(11, false);
    film.toggle();
    expect([film.isPlaying.value, film.at.value]).toEqual([true, 0]);
    vi.advanceTimersByTime(300);
    expect(film.at.value).toBeGreaterThan(2);
    expect(film.at.value).toBeLessThan(10);
    vi.advanceTimersByTime(3000);
    expect([film.isPlaying.value, film.at.value]).toEqual([false, 10]);
  });

  it('goes round when it is to loop, and is paused by a step', () => {
    const { film } = open(3, false);
    film.loop.value = true;
    film.toggle();
    const seen = new Set<number>();
    for (let i = 0; i < 200; i++) {
      vi.advanceTimersByTime(20);
      seen.add(film.at.value);
    }
    expect([film.isPlaying.value, [...seen].sort()]).toEqual([true, [0, 1, 2]]);
    film.seek(-4);
    vi.advanceTimersByTime(2000);
    expect([film.isPlaying.value, film.at.value]).toEqual([false, 0]);
  });
});
