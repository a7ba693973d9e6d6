/** Small zip files for tests: the format's local headers, central directory and end, as APPNOTE.TXT 4.3 lays them out. */
import { crc32, deflateRawSync } from 'node:zlib';

export interface ZipItem {
  name: string;
  content: string | Buffer;
  /** stored as it is, rather than deflated */
  stored?: boolean;
  /** the file's mode under Unix */
  mode?: number;
}

export function zipOf(items: readonly ZipItem[]): Buffer {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const { name, content, stored = false, mode = 0o644 } of items) {
    const plain = Buffer.from(content as string);
    const packed = stored ? plain : deflateRawSync(plain);
    const path = Buffer.from(name);
    // what both headers say: version, flags, method, time, date, checksum, sizes, lengths of name and extra
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(stored ? 0 : 8, 4);
    common.writeUInt16LE(0x21, 8);
    common.writeUInt32LE(crc32(plain), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(plain.length, 18);
    common.writeUInt16LE(path.length, 22);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(((mode | 0o100000) << 16) >>> 0, 6);
    tail.writeUInt32LE(offset, 10);
    // made under Unix, by version 2.0 of the format
    central.push(Buffer.from('PK\x01\x02\x14\x03', 'latin1'), common, tail, path);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, path, packed]);
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(items.length, 4);
  end.writeUInt16LE(items.length, 6);
  end.writeUInt32LE(directory.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...locals, directory, Buffer.from('PK\x05\x06', 'latin1'), end]);
}
