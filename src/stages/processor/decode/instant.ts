// Reads `2026-11-23T10:00:00.123Z` from bytes as epoch ms. The day is computed once and kept: events of one batch share
// it. Used by the fast path of the event decoder.

export const INSTANT_LENGTH = 24;

let lastDate = -1;
let lastDay = 0;

/** Epoch ms of the 24 bytes at `at`, or NaN when they are not exactly of that form. */
export function instantAt(b: Buffer, at: number): number {
  if (
    b[at + 4] !== 0x2d ||
    b[at + 7] !== 0x2d ||
    b[at + 10] !== 0x54 ||
    b[at + 13] !== 0x3a ||
    b[at + 16] !== 0x3a ||
    b[at + 19] !== 0x2e ||
    b[at + 23] !== 0x5a
  ) {
    return Number.NaN;
  }
  const year = two(b, at) * 100 + two(b, at + 2);
  const month = two(b, at + 5);
  const day = two(b, at + 8);
  const hour = two(b, at + 11);
  const minute = two(b, at + 14);
  const second = two(b, at + 17);
  const milli = two(b, at + 20) * 10 + digit(b[at + 22]);
  // NaN of any digit fails every comparison.
  if (!(hour <= 23 && minute <= 59 && second <= 59 && milli <= 999)) return Number.NaN;
  const date = year * 10_000 + month * 100 + day;
  if (date !== lastDate) {
    if (!(year >= 100 && month >= 1 && month <= 12 && day >= 1 && day <= 28)) {
      // The ends of months and early years are left to the calendar.
      const text = b.toString('latin1', at, at + 10);
      const slow = new Date(`${text}T00:00:00.000Z`);
      if (Number.isNaN(slow.getTime()) || slow.toISOString().slice(0, 10) !== text) return Number.NaN;
      lastDay = slow.getTime();
    } else {
      lastDay = Date.UTC(year, month - 1, day);
    }
    lastDate = date;
  }
  return lastDay + ((hour * 60 + minute) * 60 + second) * 1000 + milli;
}

function digit(byte: number | undefined): number {
  const value = (byte ?? 0) - 0x30;
  return value >= 0 && value <= 9 ? value : Number.NaN;
}

function two(b: Buffer, at: number): number {
  return digit(b[at]) * 10 + digit(b[at + 1]);
}
