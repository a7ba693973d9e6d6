/**
 * The safetensors format: u64 header length, JSON header, then the tensors' bytes, little-endian.
 * Source: huggingface/safetensors, "Format". Header and data start on 8-byte borders, so arrays are views where they can be.
 */

const KINDS = {
  F32: Float32Array,
  F64: Float64Array,
  I64: BigInt64Array,
  I32: Int32Array,
  U8: Uint8Array,
} as const;
type TensorKind = keyof typeof KINDS;
interface Arrays {
  F32: Float32Array;
  F64: Float64Array;
  I64: BigInt64Array;
  I32: Int32Array;
  U8: Uint8Array;
}

export interface Tensor<K extends TensorKind = TensorKind> {
  readonly kind: K;
  readonly shape: readonly number[];
  readonly data: Arrays[K];
}
export interface TensorFile {
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** What is wrong with the bytes, in words that go behind a file's name: "is cut short: …". */
export class TensorFileError extends Error {
  override name = 'TensorFileError';
}

/** Largest header that is read; the format's own limit. */
const MAX_HEADER = 100_000_000;

/** Shorthand for a float tensor. Throws when the data's length isn't the shape's. */
export function floatTensor(shape: readonly number[], data: Float32Array): Tensor<'F32'> {
  const size = shape.reduce((a, b) => a * b, 1);
  if (size !== data.length) throw new RangeError(`shape [${shape.join(', ')}] holds ${size} numbers, not ${data.length}`);
  return { kind: 'F32', shape, data };
}

/** The bytes of a safetensors file, tensors in the map's order. */
export function encodeTensors(
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let offset = 0;
  for (const [name, t] of tensors) {
    if (name === '__metadata__') throw new RangeError('a tensor may not be called __metadata__');
    header[name] = { dtype: t.kind, shape: t.shape, data_offsets: [offset, offset + t.data.byteLength] };
    offset += t.data.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const headerLength = Math.ceil(json.length / 8) * 8;
  const file = new Uint8Array(8 + headerLength + offset);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerLength), true);
  file.fill(0x20, 8, 8 + headerLength);
  file.set(json, 8);
  let at = 8 + headerLength;
  for (const { data } of tensors.values()) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return file;
}

/**
 * Reads a safetensors file. Throws TensorFileError on anything that isn't one: a cut file, a header that
 * isn't JSON, offsets outside the file, a length that isn't the shape's, kinds that we don't know.
 */
export function decodeTensors(file: Uint8Array): TensorFile {
  if (file.length < 8) throw new TensorFileError(`is cut short: ${file.length} bytes, a header needs 8`);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const headerLength = Number(view.getBigUint64(0, true));
  if (headerLength > MAX_HEADER)
    throw new TensorFileError(`is not a safetensors file: its header would be ${headerLength} bytes`);
  const start = 8 + headerLength;
  if (file.length < start) throw new TensorFileError(`is cut short: ${file.length} bytes, its header ends at ${start}`);
  const header = parseHeader(file.subarray(8, start));
  const metadata: Record<string, string> = {};
  const tensors = new Map<string, Tensor>();
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') {
      if (!isRecord(entry)) throw new TensorFileError('is damaged: its metadata is not an object');
      for (const [k, v] of Object.entries(entry)) if (typeof v === 'string') metadata[k] = v;
    } else tensors.set(name, readTensor(name, entry, file, start));
  }
  return { tensors, metadata };
}

const isRecord = (v: unknown): v is Record<string, unknown> => typeof v === 'object' && v !== null && !Array.isArray(v);
const isSize = (v: unknown): v is number => typeof v === 'number' && Number.isSafeInteger(v) && v >= 0;

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new TensorFileError('is not a safetensors file: its header is not JSON', { cause });
  }
  if (!isRecord(header)) throw new TensorFileError('is not a safetensors file: its header is not an object');
  return header;
}

function readTensor(name: string, entry: unknown, file: Uint8Array, start: number): Tensor {
  const damaged = (what: string) => new TensorFileError(`is damaged: tensor ${name} ${what}`);
  if (!isRecord(entry)) throw damaged('has no description');
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== 'string' || !Object.hasOwn(KINDS, dtype))
    throw damaged(`is of kind ${String(dtype)}; known are ${Object.keys(KINDS).join(', ')}`);
  if (!Array.isArray(shape) || !shape.every(isSize)) throw damaged('has no valid shape');
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize)) throw damaged('has no valid place in the file');
  const [from, to] = offsets as [number, number];
  const kind = dtype as TensorKind;
  const Kind = KINDS[kind];
  const length = shape.reduce((a, b) => a * b, 1);
  if (to - from !== length * Kind.BYTES_PER_ELEMENT)
    throw damaged(`has ${to - from} bytes, its shape [${shape.join(', ')}] needs ${length * Kind.BYTES_PER_ELEMENT}`);
  if (start + to > file.length)
    throw new TensorFileError(`is cut short: ${file.length} bytes, tensor ${name} ends at ${start + to}`);
  const at = file.byteOffset + start + from;
  // a typed array must start on a multiple of its element's size; foreign files needn't.
  // Copied through the constructor: a Buffer's slice is no copy but a view
  const data =
    at % Kind.BYTES_PER_ELEMENT === 0
      ? new Kind(file.buffer as ArrayBuffer, at, length)
      : new Kind(new Uint8Array(file.subarray(start + from, start + to)).buffer, 0, length);
  return { kind, shape, data };
}
