// @vitest-environment happy-dom
import { createPinia, setActivePinia } from 'pinia';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { useGif } from './gif.ts';
import { useNotices } from './notices.ts';

/** A worker that does nothing: its GIF is never done. */
class IdleWorker {
  static all: IdleWorker[] = [];
  terminated = false;
  onerror: ((event: { message: string }) => void) | undefined;
  constructor() {
    IdleWorker.all.push(this);
  }
  postMessage(): void {
    // what it is asked lies there
  }
  terminate(): void {
    this.terminated = true;
  }
}
const picture = () => ({ greys: new Uint8Array(12), width: 4, height: 3, scale: 1, hundredths: 5 });

describe('a GIF that is made behind the page', () => {
  beforeEach(() => {
    setActivePinia(createPinia());
    IdleWorker.all = [];
    vi.stubGlobal('Worker', IdleWorker);
  });
  afterEach(() => void vi.unstubAllGlobals());

  it('ends when it is cancelled, its workers with it, and says nothing', async () => {
    const gif = useGif();
    const made = gif.make('film.gif', 3, picture);
    expect(gif.done).toBe(0);
    await vi.waitFor(() => expect(IdleWorker.all.length).toBeGreaterThan(0));
    gif.cancel();
    await made;
    expect(gif.done).toBeUndefined();
    expect(IdleWorker.all.every(({ terminated }) => terminated)).toBe(true);
    expect(useNotices().list).toEqual([]);
  });

  it('draws no more pictures once it is cancelled', async () => {
    const gif = useGif();
    const draw = vi.fn(picture);
    const made = gif.make('film.gif', 50, draw);
    gif.cancel();
    await made;
    // one for each worker
    expect(draw).toHaveBeenCalledTimes(IdleWorker.all.length);
  });

  it('says what went wrong', async () => {
    const gif = useGif();
    await gif.make('film.gif', 1, () => {
      throw new Error('no memory');
    });
    expect(gif.done).toBeUndefined();
    expect(useNotices().list).toHaveLength(1);
  });
});
