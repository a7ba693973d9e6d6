import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode, encode } from './codec.ts';
import { StudioError } from './error.ts';

const typedArray = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.int32Array({ maxLength: 20 }),
  fc.float32Array({ maxLength: 20 }),
  fc.float64Array({ maxLength: 20 }),
);
const key = fc.oneof(fc.string({ maxLength: 6 }), fc.constant('$')).filter((k) => k !== '__proto__');
const { value: anyValue } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.oneof(fc.string(), fc.double(), fc.integer(), fc.boolean(), fc.constant(null), fc.constant(undefined)),
    typedArray,
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(key, tie('value'), { maxKeys: 5, noNullPrototype: true }),
  ),
}));

/** A frame by hand: header as text or bytes, then the rest. */
function frameOf(header: string | Uint8Array, rest = new Uint8Array(0), claimedLength?: number): Uint8Array {
  const head = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const start = Math.ceil((4 + head.length) / 8) * 8;
  const frame = new Uint8Array(start + rest.length);
  new DataView(frame.buffer).setUint32(0, claimedLength ?? head.length, true);
  frame.set(head, 4);
  frame.set(rest, start);
  return frame;
}
const refusal = (frame: Uint8Array | ArrayBuffer): StudioError => {
  try {
    decode(frame);
  } catch (error) {
    if (error instanceof StudioError) return error;
    throw error;
  }
  throw new Error('the frame was taken');
};

describe('a value', () => {
  it('comes back equal, whatever it is made of', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        expect(decode(encode(value))).toStrictEqual(value);
      }),
    );
  });

  it('comes back equal from a slice of an array or a Buffer at any offset', () => {
    fc.assert(
      fc.property(anyValue, fc.integer({ min: 0, max: 15 }), (value, offset) => {
        const frame = encode(value);
        const pool = new Uint8Array(frame.length + 32).fill(255);
        pool.set(frame, offset);
        expect(decode(pool.subarray(offset, offset + frame.length))).toStrictEqual(value);
        expect(decode(Buffer.from(pool.buffer, offset, frame.length))).toStrictEqual(value);
      }),
    );
  });

  it('keeps undefined apart from null and from an absent key', () => {
    expect(decode(encode(undefined))).toBeUndefined();
    expect(decode(encode(null))).toBeNull();
    expect(decode(encode({ id: 1, input: undefined }))).toStrictEqual({ id: 1, input: undefined });
    expect(decode(encode({ id: 1 }))).toStrictEqual({ id: 1 });
  });

  it('arrives without a copy of its arrays', () => {
    const frame = encode({ image: new Float32Array(784) });
    const { image } = decode(frame) as { image: Float32Array };
    expect(image.buffer).toBe(frame.buffer);
  });

  it('crosses as the part of a buffer that a view shows, and a Buffer as bytes', () => {
    const all = new Float64Array([1, 2, 3, 4]);
    expect(decode(encode(all.subarray(1, 3)))).toStrictEqual(new Float64Array([2, 3]));
    expect(decode(encode(Buffer.from([7, 8])))).toStrictEqual(new Uint8Array([7, 8]));
  });

  it.each([
    ['a Map', new Map(), 'a Map'],
    ['a Date', new Date(0), 'a Date'],
    ['a function', () => 1, 'a function'],
    ['a bigint', 1n, 'a bigint'],
    ['an array kind without a name', new Uint16Array(1), 'a Uint16Array'],
    ['a DataView', new DataView(new ArrayBuffer(8)), 'a DataView'],
    ['a key __proto__', JSON.parse('{"__proto__": 1}') as unknown, '__proto__'],
  ])('is refused when it holds %s', (_what, value, message) => {
    expect(() => encode({ value })).toThrow(message);
    expect(() => encode({ value })).toThrow(TypeError);
  });

  it('is refused when it is nested without end', () => {
    const loop: unknown[] = [];
    loop.push(loop);
    expect(() => encode(loop)).toThrow('nested deeper');
  });
});

describe('a malformed frame', () => {
  it.each([
    ['no bytes', new Uint8Array(0), '0 bytes'],
    ['a cut length', new Uint8Array(3), '3 bytes'],
    ['a header longer than the frame', frameOf('{}', undefined, 100), 'header of 100 bytes'],
    ['a header of 4 GiB', frameOf('{}', undefined, 0xffffffff), 'header of 4294967295 bytes'],
    ['a header that is not JSON', frameOf('{"a":'), 'not JSON'],
    ['an empty header', frameOf(''), 'not JSON'],
    ['a header that is not UTF-8', frameOf(new Uint8Array([34, 0xff, 34])), 'not JSON'],
    ['an unknown kind', frameOf('{"$":["f16",0]}'), 'unknown kind'],
    ['a kind from the prototype', frameOf('{"$":["constructor",0]}'), 'unknown kind'],
    ['a kind that is no string', frameOf('{"$":[{},0]}'), 'unknown kind'],
    ['a mark that is no list', frameOf('{"$":"u8"}'), 'wrong form'],
    ['a mark with company', frameOf('{"$":["u8",0],"a":1}'), 'wrong form'],
    ['a word that is no number', frameOf('{"$":["number","1e9"]}'), 'unknown kind'],
    ['an array that is too long', frameOf('{"$":["f32",3]}', new Uint8Array(8)), '12 bytes does not fit into the 8'],
    ['an array past any memory', frameOf('{"$":["f64",9007199254740991]}'), 'does not fit'],
    ['an array of negative length', frameOf('{"$":["u8",-8]}', new Uint8Array(8)), 'length is -8'],
    ['an array of broken length', frameOf('{"$":["u8",1.5]}', new Uint8Array(8)), 'length is 1.5'],
    ['an array of no length', frameOf('{"$":["u8"]}', new Uint8Array(8)), 'length is'],
    ['two arrays in the room of one', frameOf('[{"$":["u8",8]},{"$":["u8",8]}]', new Uint8Array(8)), 'into the 0'],
    ['bytes after the last array', frameOf('{"$":["u8",8]}', new Uint8Array(16)), '8 bytes follow'],
    ['a key __proto__', frameOf('{"__proto__":{"polluted":1}}'), '__proto__'],
    ['a key __proto__ in an escaped object', frameOf('{"$":["object",{"$":1,"__proto__":{}}]}'), '__proto__'],
    ['a hundred thousand brackets', frameOf('['.repeat(100_000) + ']'.repeat(100_000)), 'nested deeper'],
  ])('with %s is refused', (_what, frame, message) => {
    const error = refusal(frame);
    expect(error.code).toBe('bad-input');
    expect(error.message).toContain(message);
  });

  it('never gives anything but a value or a StudioError, and never reads outside itself', () => {
    fc.assert(
      fc.property(
        anyValue,
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 }),
        fc.nat(),
        (value, pokes, cut) => {
          const frame = encode(value);
          for (const [at, byte] of pokes) frame[at % frame.length] = byte;
          const given = frame.subarray(0, frame.length - (cut % 2 === 0 ? 0 : cut % frame.length));
          let out: unknown;
          try {
            out = decode(given);
          } catch (error) {
            expect(error).toBeInstanceOf(StudioError);
            return;
          }
          for (const array of arraysIn(out)) {
            expect(array.byteOffset).toBeGreaterThanOrEqual(given.byteOffset);
            expect(array.byteOffset + array.byteLength).toBeLessThanOrEqual(given.byteOffset + given.byteLength);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

function arraysIn(value: unknown): ArrayBufferView[] {
  if (ArrayBuffer.isView(value)) return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(arraysIn) : [];
}
