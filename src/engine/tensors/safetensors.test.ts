import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeTensors, encodeTensors, floatTensor, TensorFileError, type Tensor } from './safetensors.ts';

const shapes = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 });
const tensor: fc.Arbitrary<Tensor> = shapes.chain((shape) => {
  const length = shape.reduce((a, b) => a * b, 1);
  const exactly = { minLength: length, maxLength: length };
  return fc.oneof(
    fc.float32Array(exactly).map((data): Tensor => ({ kind: 'F32', shape, data })),
    fc.float64Array(exactly).map((data): Tensor => ({ kind: 'F64', shape, data })),
    fc.bigInt64Array(exactly).map((data): Tensor => ({ kind: 'I64', shape, data })),
    fc.uint8Array(exactly).map((data): Tensor => ({ kind: 'U8', shape, data })),
  );
});
const name = fc.string({ minLength: 1 }).filter((n) => n !== '__metadata__' && n !== '__proto__');
const files = fc.tuple(fc.array(fc.tuple(name, tensor)), fc.dictionary(name, fc.string()));

describe('safetensors', () => {
  it('gives back what was written, bit for bit', () => {
    fc.assert(
      fc.property(files, ([entries, metadata]) => {
        const file = decodeTensors(encodeTensors(new Map(entries), metadata));
        expect({ ...file.metadata }).toEqual({ ...metadata });
        expect(file.tensors.size).toBe(new Map(entries).size);
        for (const [key, { kind, shape, data }] of new Map(entries)) {
          const back = file.tensors.get(key)!;
          expect(back.kind).toBe(kind);
          expect(back.shape).toEqual(shape);
          expect(Buffer.from(back.data.buffer, back.data.byteOffset, back.data.byteLength).equals(Buffer.from(data.buffer))).toBe(
            true,
          );
        }
      }),
    );
  });

  it('reads what PyTorch wrote, at any place in a buffer', () => {
    const bytes = readFileSync(new URL('../fixtures/golden/schedule.safetensors', import.meta.url));
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    // a Buffer's slice is a view where a Uint8Array's is a copy
    for (const file of [shifted.subarray(3), Buffer.from(shifted.buffer).subarray(3)]) {
      const beta = decodeTensors(file).tensors.get('f64.beta')!;
      expect(beta.kind).toBe('F64');
      expect([beta.data[0], beta.data[299]]).toEqual([1e-4, 0.02]);
    }
  });

  it('says of every cut file that it is cut short', () => {
    const whole = encodeTensors(new Map([['a', floatTensor([2, 3], new Float32Array(6))]]), { k: 'v' });
    for (let length = 0; length < whole.length; length++)
      expect(() => decodeTensors(whole.subarray(0, length)), `at ${length}`).toThrow(/is cut short/);
  });

  it('never throws anything but a TensorFileError on arbitrary bytes', () => {
    const whole = encodeTensors(new Map([['a', floatTensor([2], new Float32Array(2))]]));
    const damaged = fc.tuple(fc.nat(whole.length - 1), fc.nat(255)).map(([at, byte]) => whole.with(at, byte));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), damaged), (bytes) => {
        try {
          decodeTensors(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(TensorFileError);
        }
      }),
    );
  });

  it('refuses a tensor whose bytes are not its shape', () => {
    const header = new TextEncoder().encode(JSON.stringify({ a: { dtype: 'F32', shape: [3], data_offsets: [0, 8] } }));
    const file = new Uint8Array(8 + header.length + 8);
    new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true);
    file.set(header, 8);
    expect(() => decodeTensors(file)).toThrow('tensor a has 8 bytes, its shape [3] needs 12');
  });

  it('refuses data that do not fill the shape when writing', () => {
    expect(() => floatTensor([2, 2], new Float32Array(3))).toThrow('holds 4 numbers, not 3');
  });
});
