// What a font says of itself: its copyright and its licence, from the table `name` of a WOFF 2.0 file.
import { readFileSync } from 'node:fs';
import { brotliDecompressSync } from 'node:zlib';

/** Tags that the format writes as a number; the rest are written out. Only their count and `name` matter here. */
const KNOWN_TAGS = 63;
const [GLYF, LOCA, NAME] = [10, 11, 5];
/** Bytes before the directory of tables. */
const HEAD_BYTES = 48;
const [COPYRIGHT, LICENCE] = [0, 13];

/** @param {string} file @returns {{ copyright: string, licence: string }} empty where the font says nothing */
export function saysOfItself(file) {
  const bytes = readFileSync(file);
  if (bytes.toString('latin1', 0, 4) !== 'wOF2') throw new Error(`${file} is no WOFF 2.0 font`);
  let at = HEAD_BYTES;
  /** @returns {number} a number in as few bytes as it takes */
  const packed = () => {
    for (let value = 0; ;) {
      const byte = bytes.readUInt8(at++);
      value = value * 128 + (byte & 127);
      if (byte < 128) return value;
    }
  };
  let [offset, found, length] = [0, -1, 0];
  for (let left = bytes.readUInt16BE(12); left > 0; left -= 1) {
    const flags = bytes.readUInt8(at++);
    const tag = flags & 63;
    const isName = tag === NAME || (tag === KNOWN_TAGS && bytes.toString('latin1', at, at + 4) === 'name');
    if (tag === KNOWN_TAGS) at += 4;
    const version = flags >> 6;
    const whole = packed();
    // Two tables are transformed unless their version is 3, all others unless it is 0.
    const isTransformed = tag === GLYF || tag === LOCA ? version !== 3 : version !== 0;
    const size = isTransformed ? packed() : whole;
    if (isName) [found, length] = [offset, size];
    offset += size;
  }
  const tables = brotliDecompressSync(bytes.subarray(at, at + bytes.readUInt32BE(20)));
  const names = found < 0 ? Buffer.alloc(6) : tables.subarray(found, found + length);
  return { copyright: textOf(names, COPYRIGHT), licence: textOf(names, LICENCE) };
}

/** @param {Buffer} names @param {number} wanted */
function textOf(names, wanted) {
  for (let entry = 0; entry < names.readUInt16BE(2); entry += 1) {
    const at = 6 + entry * 12;
    if (names.readUInt16BE(at + 6) !== wanted) continue;
    const from = names.readUInt16BE(4) + names.readUInt16BE(at + 10);
    const bytes = Buffer.from(names.subarray(from, from + names.readUInt16BE(at + 8)));
    // Those of the old Macintosh are in one byte a letter, all others in two.
    return names.readUInt16BE(at) === 1 ? bytes.toString('latin1') : bytes.swap16().toString('utf16le');
  }
  return '';
}
