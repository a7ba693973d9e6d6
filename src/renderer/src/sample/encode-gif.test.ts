// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { encodeGif } from './encode-gif.ts';

/** Workers that do nothing by themselves. */
const workers: FakeWorker[] = [];
class FakeWorker {
  onmessage: ((event: { data: unknown }) => void) | undefined;
  onerror: ((event: { message: string }) => void) | undefined;
  readonly asked: { index: number; delay: number; width: number }[] = [];
  terminated = false;
  constructor() {
    workers.push(this);
  }
  postMessage(task: FakeWorker['asked'][number]): void {
    this.asked.push(task);
  }
  terminate(): void {
    this.terminated = true;
  }
  /** a frame of so many bytes, the last of which ends a GIF */
  answer(): void {
    const task = this.asked.at(-1)!;
    const page = new Uint8Array(16);
    page.set([task.index + 1, 0x3b]);
    this.onmessage!({ data: { ...task, data: [page], cursor: 2, pageSize: 16 } });
  }
}
const pictures = (count: number) =>
  Array.from({ length: count }, (_, i) => ({
    image: new ImageData(new Uint8ClampedArray(4 * 12), 4, 3),
    hundredths: i + 1,
  }));

describe('the encoding of a GIF', () => {
  beforeEach(() => {
    workers.length = 0;
    vi.stubGlobal('Worker', FakeWorker);
  });
  afterEach(() => void vi.unstubAllGlobals());

  it('goes through its workers, says how far it is, and ends at the trailer', async () => {
    const shares: number[] = [];
    const encoding = encodeGif(pictures(3), (share) => shares.push(share), new AbortController().signal);
    expect(workers.map(({ asked }) => asked.map(({ index, delay, width }) => [index, delay, width]))).toEqual([
      [[0, 10, 4]],
      [[1, 20, 4]],
    ]);
    workers[1]!.answer();
    workers[1]!.answer();
    workers[0]!.answer();
    expect([...(await encoding)]).toEqual([1, 0x3b, 2, 0x3b, 3, 0x3b]);
    expect(shares.map((share) => Math.round(3 * share))).toEqual([0, 1, 2, 3]);
    expect(workers.every(({ terminated }) => terminated)).toBe(true);
  });

  it('ends at once when it is aborted, with all of its workers', async () => {
    const abort = new AbortController();
    const encoding = encodeGif(pictures(5), () => undefined, abort.signal);
    workers[0]!.answer();
    abort.abort();
    await expect(encoding).rejects.toThrow('abort');
    expect(workers.map(({ terminated }) => terminated)).toEqual([true, true]);
    await expect(encodeGif(pictures(1), () => undefined, abort.signal)).rejects.toThrow('abort');
    expect(workers).toHaveLength(2);
  });

  it('says so when a worker does not start', async () => {
    const encoding = encodeGif(pictures(2), () => undefined, new AbortController().signal);
    workers[1]!.onerror!({ message: 'refused' });
    await expect(encoding).rejects.toThrow('refused');
    expect(workers.map(({ terminated }) => terminated)).toEqual([true, true]);
  });
});
