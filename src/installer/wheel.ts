/** Python's wheels, read as the zip files that they are: streaming, and only what is asked for. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { openPromise, type Entry, type ZipFile } from 'yauzl';

export interface ExtractOptions {
  onBytes?: (count: number) => void;
  signal?: AbortSignal | undefined;
}

export class Wheel {
  readonly #zip: ZipFile;
  readonly #entries: ReadonlyMap<string, Entry>;

  private constructor(zip: ZipFile, entries: ReadonlyMap<string, Entry>) {
    this.#zip = zip;
    this.#entries = entries;
  }

  /**
   * Opens a wheel and reads what is in it. Throws when it is no zip file, and when an entry's name would lead out of the
   * folder that it is unpacked into.
   */
  static async open(file: string): Promise<Wheel> {
    const zip = await openPromise(file, { lazyEntries: true, autoClose: false });
    const entries = new Map<string, Entry>();
    try {
      for await (const entry of zip.eachEntry()) entries.set(entry.fileName, entry);
    } catch (error) {
      zip.close();
      throw error;
    }
    return new Wheel(zip, entries);
  }

  /** The files in it. */
  names(): string[] {
    return [...this.#entries.keys()].filter((name) => !name.endsWith('/'));
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  /** Of a file once it is unpacked. */
  bytes(name: string): number {
    return this.#entry(name).uncompressedSize;
  }

  /** Unpacks one file to a path of the caller's choice. `onBytes` is told how many more are written. */
  async extract(name: string, path: string, { onBytes, signal }: ExtractOptions = {}): Promise<void> {
    await mkdir(dirname(path), { recursive: true });
    const entry = this.#entry(name);
    const content = await this.#zip.openReadStreamPromise(entry);
    // the upper half is the file's mode under Unix
    const isProgram = ((entry.externalFileAttributes >>> 16) & 0o111) !== 0;
    const target = createWriteStream(path, { flags: 'wx', mode: isProgram ? 0o755 : 0o644 });
    if (onBytes !== undefined) content.on('data', (chunk: Buffer) => onBytes(chunk.length));
    await pipeline(content, target, { signal });
  }

  close(): void {
    this.#zip.close();
  }

  #entry(name: string): Entry {
    const entry = this.#entries.get(name);
    if (entry === undefined) throw new Error(`it has no ${name}`);
    return entry;
  }
}

/** The sha256 of a file, in hexadecimal digits. Rejects with the signal's reason when it is aborted. */
export async function sha256Of(file: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
    signal?.throwIfAborted();
    hash.update(chunk as Buffer);
  }
  return hash.digest('hex');
}
