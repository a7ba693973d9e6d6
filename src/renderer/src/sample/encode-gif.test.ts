// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readGif } from '#contract/testing/gif.ts';
import { encodeGif } from './encode-gif.ts';
import { encodePicture, type GifPicture } from '#contract/grey-gif.ts';

/** Workers that encode when they are told to. */
const workers: FakeWorker[] = [];
class FakeWorker {
  onmessage: ((event: { data: unknown }) => void) | undefined;
  onerror: ((event: { message: string }) => void) | undefined;
  readonly asked: GifPicture[] = [];
  terminated = false;
  constructor() {
    workers.push(this);
  }
  postMessage(picture: GifPicture): void {
    this.asked.push(picture);
  }
  terminate(): void {
    this.terminated = true;
  }
  async answer(): Promise<void> {
    this.onmessage!({ data: encodePicture(this.asked.at(-1)!) });
    await Promise.resolve();
  }
}
/** A film of pictures that hold all 256 greys, each in another order. */
const film = (count: number, scale = 1) => ({
  count,
  draw: (i: number) => ({
    greys: Uint8Array.from({ length: 32 * 24 }, (_, at) => 89 * (i + at) + Math.floor(at / 256)),
    width: 32,
    height: 24,
    scale,
    hundredths: i + 1,
  }),
});

describe('the encoding of a GIF', () => {
  beforeEach(() => {
    workers.length = 0;
    vi.stubGlobal('Worker', FakeWorker);
  });
  afterEach(() => void vi.unstubAllGlobals());

  it('goes through its workers, says how far it is, and keeps the pictures in order', async () => {
    const shares: number[] = [];
    const encoding = encodeGif(film(3), (share) => shares.push(share), new AbortController().signal);
    expect(workers.map(({ asked }) => asked.map(({ index }) => index))).toEqual([[0], [1]]);
    await workers[1]!.answer();
    await vi.waitFor(() => expect(workers[1]!.asked).toHaveLength(2));
    await workers[1]!.answer();
    await workers[0]!.answer();
    expect(readGif(await encoding).delays).toEqual([1, 2, 3]);
    expect(shares.map((share) => Math.round(3 * share))).toEqual([1, 2, 3]);
    expect(workers.every(({ terminated }) => terminated)).toBe(true);
  });

  it.each([1, 3])('has every grey of every picture as it was, enlarged %i times', async (scale) => {
    const { draw } = film(2, scale);
    const encoding = encodeGif({ count: 2, draw }, () => undefined, new AbortController().signal);
    for (const worker of workers) await worker.answer();
    const { width, height, palette, pictures } = readGif(await encoding);
    expect([width, height, pictures.length]).toEqual([32 * scale, 24 * scale, 2]);
    for (const [i, picture] of pictures.entries()) {
      const { greys } = draw(i);
      expect(new Set(greys).size).toBe(256);
      const rgb = Array.from(picture, (colour) => [...palette.subarray(3 * colour, 3 * colour + 3)]);
      const expected = Array.from(picture, (_, at) => {
        const [x, y] = [Math.floor((at % width) / scale), Math.floor(at / width / scale)];
        return new Array<number>(3).fill(greys[32 * y + x]!);
      });
      expect(rgb).toEqual(expected);
    }
  });

  it('ends at once when it is aborted, with all of its workers', async () => {
    const abort = new AbortController();
    const encoding = encodeGif(film(5), () => undefined, abort.signal);
    await workers[0]!.answer();
    abort.abort();
    await expect(encoding).rejects.toThrow('abort');
    expect(workers.map(({ terminated }) => terminated)).toEqual([true, true]);
    await expect(encodeGif(film(1), () => undefined, abort.signal)).rejects.toThrow('abort');
    expect(workers).toHaveLength(2);
  });

  it('says so when a worker does not start', async () => {
    const encoding = encodeGif(film(2), () => undefined, new AbortController().signal);
    workers[1]!.onerror!({ message: 'refused' });
    await expect(encoding).rejects.toThrow('refused');
    expect(workers.map(({ terminated }) => terminated)).toEqual([true, true]);
  });
});
