import { StudioError } from './error.ts';

/**
 * Frames for sockets. A frame is
 *
 *     [u32 length of the header][header, padded to 8][array, padded to 8]…
 *
 * with little-endian numbers. The header is the value as JSON, in which `{"$": [kind, length]}` stands for a typed array;
 * the arrays lie one after another in the order in which the header names them, so no offset can be wrong and none overlap.
 * What JSON has no word for is `{"$": ["undefined"]}` and `{"$": ["number", "NaN"]}`; an object that itself has a key `$` is
 * `{"$": ["object", {…}]}`. So a value arrives as structured clone would give it on the other transport.
 */
const KINDS = { u8: Uint8Array, i32: Int32Array, f32: Float32Array, f64: Float64Array } as const;
type Kind = keyof typeof KINDS;
const MARK = '$';
/** Deeper than any message of ours, and shallow enough for the stack. */
const MAX_DEPTH = 64;
const utf8 = new TextEncoder();
const strictUtf8 = new TextDecoder('utf-8', { fatal: true });
const pad8 = (n: number): number => Math.ceil(n / 8) * 8;

/** The frame of a value: plain objects, arrays, strings, numbers, booleans, null, undefined and typed arrays. Anything else throws a TypeError. */
export function encode(value: unknown): Uint8Array<ArrayBuffer> {
  const arrays: ArrayBufferView[] = [];
  let size = 0;

  function pack(v: unknown, depth: number): unknown {
    if (depth > MAX_DEPTH) throw new TypeError(`a value nested deeper than ${MAX_DEPTH} can't cross`);
    if (v === null || typeof v === 'string' || typeof v === 'boolean') return v;
    if (v === undefined) return { [MARK]: ['undefined'] };
    if (typeof v === 'number')
      return Number.isFinite(v) && !Object.is(v, -0) ? v : { [MARK]: ['number', Object.is(v, -0) ? '-0' : String(v)] };
    if (typeof v !== 'object') throw new TypeError(`a ${typeof v} can't cross`);
    if (Array.isArray(v)) return v.map((item) => pack(item, depth + 1));
    if (ArrayBuffer.isView(v)) {
      const kind = (Object.keys(KINDS) as Kind[]).find((k) => v instanceof KINDS[k]);
      if (kind === undefined) throw new TypeError(`a ${v.constructor.name} can't cross`);
      arrays.push(v);
      size += pad8(v.byteLength);
      return { [MARK]: [kind, v.byteLength / KINDS[kind].BYTES_PER_ELEMENT] };
    }
    const prototype: unknown = Object.getPrototypeOf(v);
    if (prototype !== Object.prototype && prototype !== null) throw new TypeError(`a ${v.constructor.name} can't cross`);
    const copy: Record<string, unknown> = {};
    for (const [key, item] of Object.entries(v)) {
      if (key === '__proto__') throw new TypeError("a key __proto__ can't cross");
      copy[key] = pack(item, depth + 1);
    }
    return Object.hasOwn(copy, MARK) ? { [MARK]: ['object', copy] } : copy;
  }

  const header = utf8.encode(JSON.stringify(pack(value, 0)));
  let at = pad8(4 + header.length);
  const frame = new Uint8Array(at + size);
  new DataView(frame.buffer).setUint32(0, header.length, true);
  frame.set(header, 4);
  for (const array of arrays) {
    frame.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), at);
    at += pad8(array.byteLength);
  }
  return frame;
}

/**
 * The value of a frame. Its typed arrays are views into the frame where that is aligned. Throws a StudioError with code
 * `bad-input` when the frame is malformed in any way; nothing outside the frame is ever read.
 */
export function decode(data: ArrayBuffer | Uint8Array): unknown {
  let frame = data instanceof Uint8Array ? data : new Uint8Array(data);
  // a socket library hands out unaligned slices of its pool; not slice(), which a Buffer answers with a view
  if (frame.byteOffset % 8 !== 0) frame = new Uint8Array(frame);
  if (frame.byteLength < 4) throw malformed(`it has ${frame.byteLength} bytes, fewer than the four of its header's length`);
  const length = new DataView(frame.buffer, frame.byteOffset, 4).getUint32(0, true);
  let at = pad8(4 + length);
  if (at > frame.byteLength) throw malformed(`its header of ${length} bytes does not fit into its ${frame.byteLength} bytes`);
  let header: unknown;
  try {
    header = JSON.parse(strictUtf8.decode(frame.subarray(4, 4 + length)));
  } catch (error) {
    throw malformed('its header is not JSON', error);
  }

  function unpackObject(v: object, depth: number): Record<string, unknown> {
    const out: Record<string, unknown> = {};
    for (const [key, item] of Object.entries(v)) {
      if (key === '__proto__') throw malformed('it has a key __proto__');
      out[key] = unpack(item, depth + 1);
    }
    return out;
  }

  function unpack(v: unknown, depth: number): unknown {
    if (depth > MAX_DEPTH) throw malformed(`it is nested deeper than ${MAX_DEPTH}`);
    if (typeof v !== 'object' || v === null) return v;
    if (Array.isArray(v)) return v.map((item) => unpack(item, depth + 1));
    if (!Object.hasOwn(v, MARK)) return unpackObject(v, depth);
    const mark = (v as Record<typeof MARK, unknown>)[MARK];
    if (!Array.isArray(mark) || Object.keys(v).length !== 1) throw malformed('a mark in its header has the wrong form');
    const [kind, what] = mark as [unknown, unknown];
    if (kind === 'undefined') return undefined;
    if (kind === 'number' && typeof what === 'string' && ['NaN', 'Infinity', '-Infinity', '-0'].includes(what))
      return Number(what);
    if (kind === 'object' && typeof what === 'object' && what !== null && !Array.isArray(what)) return unpackObject(what, depth);
    if (typeof kind === 'string' && Object.hasOwn(KINDS, kind)) return view(KINDS[kind as Kind], what);
    throw malformed(`its header has a mark of an unknown kind: ${JSON.stringify(mark).slice(0, 80)}`);
  }

  function view(array: (typeof KINDS)[Kind], count: unknown): ArrayBufferView {
    const left = frame.byteLength - at;
    if (typeof count !== 'number' || !Number.isSafeInteger(count) || count < 0)
      throw malformed(`an array's length is ${JSON.stringify(count)}`);
    const bytes = count * array.BYTES_PER_ELEMENT;
    if (pad8(bytes) > left) throw malformed(`an array of ${bytes} bytes does not fit into the ${left} that are left`);
    const out = new array(frame.buffer as ArrayBuffer, frame.byteOffset + at, count);
    at += pad8(bytes);
    return out;
  }

  const value = unpack(header, 0);
  if (at !== frame.byteLength) throw malformed(`${frame.byteLength - at} bytes follow its last array`);
  return value;
}

function malformed(what: string, cause?: unknown): StudioError {
  return new StudioError('bad-input', `A message is malformed: ${what}.`, 'Reload the page; both sides must be of one version.', {
    cause,
  });
}
