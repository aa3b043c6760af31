// A row of the table as COPY's text format gives it (id, org, amount, region, created_at), read from the bytes into its
// fingerprint. Pure; used by table-scan.ts. Format: PostgreSQL, COPY, "Text Format".
import { HASH_SEED, hashStep, type Interner } from '../processor/decode/interner.ts';
import { parseCents } from '../processor/money.ts';
import { isoMoment } from '../producer/event-encoding.ts';
import { fingerprintOf, NOT_COMPARABLE } from './fingerprints.ts';

const TAB = 0x09;
const LINE_FEED = 0x0a;
const BACKSLASH = 0x5c;
const DOT = 0x2e;
const MINUS = 0x2d;
const ZERO = 0x30;
/** Digits that surely stay below 2^53. */
const SAFE_DIGITS = 15;
const SECOND_LENGTH = 19;
const ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

/** One reader is one reusable slot: its fields hold the row that `read` read last. */
export class RowReader {
  id: number | bigint = 0;
  /** NOT_COMPARABLE for a row whose amount or moment no event can carry. */
  fingerprint = NOT_COMPARABLE;
  readonly #orgs: Interner;
  readonly #regions: Interner;
  #line: Buffer = Buffer.alloc(0);
  #at = 0;
  /** The last second whose epoch time was made, as `created_at` writes it. */
  readonly #second = Buffer.alloc(SECOND_LENGTH);
  #secondMs = Number.NaN;

  constructor(orgs: Interner, regions: Interner) {
    this.#orgs = orgs;
    this.#regions = regions;
  }

  read(line: Buffer): void {
    this.#line = line;
    this.#at = 0;
    this.id = this.#id();
    const org = this.#text(this.#orgs);
    const cents = this.#cents();
    const region = this.#text(this.#regions);
    const at = this.#moment();
    this.fingerprint =
      cents === null || Number.isNaN(at) ? NOT_COMPARABLE : fingerprintOf(org, region, cents, at);
  }

  /** The end of the field that begins here; the next one begins behind it. */
  #field(): number {
    let end = this.#at;
    while (end < this.#line.length && this.#line[end] !== TAB && this.#line[end] !== LINE_FEED) end++;
    return end;
  }

  #id(): number | bigint {
    const from = this.#at;
    const end = this.#field();
    this.#at = end + 1;
    const negative = this.#line[from] === MINUS;
    const first = negative ? from + 1 : from;
    if (end - first > SAFE_DIGITS) return BigInt(this.#line.toString('latin1', from, end));
    let value = 0;
    for (let at = first; at < end; at++) value = value * 10 + (this.#line[at] ?? 0) - ZERO;
    return negative ? -value : value;
  }

  #text(interner: Interner): number {
    const from = this.#at;
    let hash = HASH_SEED;
    let at = from;
    for (; at < this.#line.length; at++) {
      const byte = this.#line[at] ?? 0;
      if (byte === TAB || byte === LINE_FEED) break;
      if (byte === BACKSLASH) return this.#escaped(interner);
      hash = hashStep(hash, byte);
    }
    this.#at = at + 1;
    return interner.ofBytes(this.#line, from, at, hash);
  }

  /** A null counts as an empty text, as in its event. */
  #escaped(interner: Interner): number {
    const end = this.#field();
    const raw = this.#line.toString('utf8', this.#at, end);
    this.#at = end + 1;
    if (raw === '\\N') return interner.ofText('');
    return interner.ofText(raw.replace(/\\(.)/gs, (_, letter: string) => ESCAPES[letter] ?? letter));
  }

  /** A decimal with two places read digit by digit; anything else by its text. Null for what is no amount. */
  #cents(): number | null {
    const from = this.#at;
    const end = this.#field();
    this.#at = end + 1;
    const negative = this.#line[from] === MINUS;
    const first = negative ? from + 1 : from;
    const plain = end - first <= SAFE_DIGITS && end - first >= 4 && this.#line[end - 3] === DOT;
    let value = 0;
    for (let at = first; plain && at < end; at++) {
      if (at === end - 3) continue;
      const digit = (this.#line[at] ?? 0) - ZERO;
      if (digit < 0 || digit > 9) return parseCents(this.#line.toString('latin1', from, end));
      value = value * 10 + digit;
    }
    if (!plain) return parseCents(this.#line.toString('latin1', from, end));
    return negative && value !== 0 ? -value : value;
  }

  /** Epoch ms, microseconds cut; NaN for what is no moment an event can carry. */
  #moment(): number {
    const line = this.#line;
    const from = this.#at;
    const end = this.#field();
    const fraction = from + SECOND_LENGTH;
    let plain = end === fraction || (end > fraction && end <= fraction + 7 && line[fraction] === DOT);
    for (let at = fraction + 1; plain && at < end; at++) plain = isDigit(line[at]);
    if (!plain) {
      const iso = isoMoment(line.toString('latin1', from, end));
      return iso === null ? Number.NaN : Date.parse(iso);
    }
    let same = !Number.isNaN(this.#secondMs);
    for (let at = SECOND_LENGTH - 1; same && at >= 0; at--) same = this.#second[at] === line[from + at];
    if (!same) {
      line.copy(this.#second, 0, from, fraction);
      this.#secondMs = Date.parse(`${this.#second.toString('latin1').replace(' ', 'T')}Z`);
    }
    let ms = 0;
    for (let at = fraction + 1, scale = 100; scale >= 1 && at < end; at++, scale /= 10) {
      ms += ((line[at] ?? 0) - ZERO) * scale;
    }
    return this.#secondMs + ms;
  }
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= ZERO + 9;
}
