// Bytes of a seed file to text: UTF-8 with or without its mark; other encodings are named with the place of the first
// byte that gives them away. Called by seed.ts.
import { isUtf8 } from 'node:buffer';
import type { SeedCollector } from './seed-fields.ts';

const SAVE_AS = 'save the file as UTF-8';
const NEWLINE = 0x0a;

/** Gives the text with `\n` line ends, or null after noting the fault. */
export function decodeSeedText(bytes: Uint8Array, collector: SeedCollector): string | null {
  const [a, b, c] = bytes;
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)) {
    collector.fault(1, 1, null, `the file is UTF-16 (it begins with its byte order mark); ${SAVE_AS}`);
    return null;
  }
  const body = a === 0xef && b === 0xbb && c === 0xbf ? bytes.subarray(3) : bytes;
  const nul = body.subarray(0, 4_096).indexOf(0);
  if (nul !== -1) {
    const place = placeOf(body, nul);
    collector.fault(
      place.line,
      place.column,
      null,
      `the file holds NUL bytes, as UTF-16 and binary files do; ${SAVE_AS}`,
    );
    return null;
  }
  if (!isUtf8(body)) {
    const at = firstInvalid(body);
    const place = placeOf(body, at);
    const byte = (body[at] ?? 0).toString(16).toUpperCase().padStart(2, '0');
    const problem = `the byte 0x${byte} is not UTF-8 (perhaps the file is Windows-1252 or Latin-1); ${SAVE_AS}`;
    collector.fault(place.line, place.column, null, problem);
    return null;
  }
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(body).replaceAll(/\r\n?/g, '\n');
}

/** Bytes of the sequence that a byte begins, by RFC 3629; 0 for a byte that begins none. */
function sequenceLength(first: number): number {
  if (first < 0x80) return 1;
  if (first < 0xc2) return 0;
  if (first < 0xe0) return 2;
  if (first < 0xf0) return 3;
  return first < 0xf5 ? 4 : 0;
}

/** Index of the first byte that begins no valid sequence. */
function firstInvalid(bytes: Uint8Array): number {
  let at = 0;
  while (at < bytes.length) {
    const length = sequenceLength(bytes[at] ?? 0);
    if (length === 0 || (length > 1 && !isUtf8(bytes.subarray(at, at + length)))) return at;
    at += length;
  }
  return at;
}

/** Line and character (both from 1) of a byte whose predecessors are valid UTF-8. */
function placeOf(bytes: Uint8Array, at: number): { line: number; column: number } {
  let line = 1;
  let start = 0;
  for (let i = bytes.indexOf(NEWLINE); i !== -1 && i < at; i = bytes.indexOf(NEWLINE, i + 1)) {
    line++;
    start = i + 1;
  }
  const before = new TextDecoder('utf-8').decode(bytes.subarray(start, at));
  return { line, column: [...before].length + 1 };
}
