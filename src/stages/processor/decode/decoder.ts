// Reads events from the bytes of records: the fixed layout field by field, without building strings or objects; anything
// that does not match exactly goes to the JSON fallback. Used by the live processor and the processor replay.
import { decodeJson, MAX_TEXT } from '../../../clients/event-json.ts';
import { INSTANT_LENGTH, instantAt } from './instant.ts';
import { HASH_SEED, hashStep, type Interner } from './interner.ts';

const HEAD = Buffer.from('{"id":');
const ORG = Buffer.from(',"payload":{"org":"');
const AMOUNT = Buffer.from('","amount":');
const REGION = Buffer.from(',"region":"');
const META = Buffer.from('"},"meta":{"source":"livedb","created_at":"');
const MODE = Buffer.from('","mode":"');
const NORMAL = Buffer.from('normal"}}');
const REPLAY = Buffer.from('replay"}}');
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const MINUS = 0x2d;
/** Digits that surely stay below 2^53, and cents that surely stay below MAX_CENTS. */
const SAFE_DIGITS = 15;

/** One decoder is one reusable slot: its fields hold the event that `decode` read last. */
export class Decoder {
  id: number | bigint = 0;
  /** Numbers of the texts, as the interners gave them. */
  org = 0;
  region = 0;
  cents = 0;
  /** Event time, epoch ms. */
  at = 0;
  /** Mode "replay"; otherwise "normal". */
  replay = false;
  /** Why the last record could not be read. */
  reason = '';
  orgs: Interner;
  regions: Interner;
  // Where the fast path stands, and what it found on its way.
  #pos = 0;
  #number = 0;

  constructor(orgs: Interner, regions: Interner) {
    this.orgs = orgs;
    this.regions = regions;
  }

  /** Reads the record value in bytes [from, to); false when it is no event (see `reason`). */
  decode(bytes: Buffer, from: number, to: number): boolean {
    return this.#fast(bytes, from, to) || this.#slow(bytes, from, to);
  }

  #fast(b: Buffer, from: number, to: number): boolean {
    // The shortest event there is; also keeps every fixed read below inside the record.
    if (to - from < 130 || !matches(b, from, HEAD)) return false;
    this.#pos = from + HEAD.length;
    if (!this.#whole(b, to)) return false;
    const id = this.#number;
    if (!this.#expect(b, ORG)) return false;
    const org = this.#text(b, to, this.orgs);
    if (org < 0 || !this.#expect(b, AMOUNT) || !this.#amount(b, to)) return false;
    const cents = this.#number;
    if (!this.#expect(b, REGION)) return false;
    const region = this.#text(b, to, this.regions);
    if (region < 0 || !this.#expect(b, META)) return false;
    // created_at, mode and the closing braces have a fixed length: the record must end right behind them.
    const at = this.#pos;
    if (to - at !== INSTANT_LENGTH + MODE.length + NORMAL.length) return false;
    const time = instantAt(b, at);
    if (Number.isNaN(time) || !matches(b, at + INSTANT_LENGTH, MODE)) return false;
    const mode = at + INSTANT_LENGTH + MODE.length;
    if (matches(b, mode, NORMAL)) this.replay = false;
    else if (matches(b, mode, REPLAY)) this.replay = true;
    else return false;
    this.id = id;
    this.org = org;
    this.region = region;
    this.cents = cents;
    this.at = time;
    return true;
  }

  #expect(b: Buffer, text: Buffer): boolean {
    if (!matches(b, this.#pos, text)) return false;
    this.#pos += text.length;
    return true;
  }

  /** A whole number as JSON writes it, up to 15 digits. */
  #whole(b: Buffer, to: number): boolean {
    let pos = this.#pos;
    const negative = b[pos] === MINUS;
    if (negative) pos++;
    const first = pos;
    let value = 0;
    for (; pos < to; pos++) {
      const digit = (b[pos] ?? 0) - 0x30;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    const digits = pos - first;
    if (digits === 0 || digits > SAFE_DIGITS || (digits > 1 && b[first] === 0x30)) return false;
    this.#pos = pos;
    this.#number = negative && value !== 0 ? -value : value;
    return true;
  }

  /** A decimal with up to two places, bare or quoted, as cents. */
  #amount(b: Buffer, to: number): boolean {
    const quoted = b[this.#pos] === QUOTE;
    if (quoted) this.#pos++;
    const negative = b[this.#pos] === MINUS;
    const digitsFrom = negative ? this.#pos + 1 : this.#pos;
    if (!this.#whole(b, to)) return false;
    let pos = this.#pos;
    // 13 digits before the point and two behind it.
    if (pos - digitsFrom > SAFE_DIGITS - 2) return false;
    let cents = Math.abs(this.#number) * 100;
    if (b[pos] === 0x2e) {
      const tenths = (b[pos + 1] ?? 0) - 0x30;
      if (tenths < 0 || tenths > 9) return false;
      cents += tenths * 10;
      pos += 2;
      const hundredths = (b[pos] ?? 0) - 0x30;
      if (hundredths >= 0 && hundredths <= 9) {
        cents += hundredths;
        pos++;
      }
    }
    if (quoted) {
      if (b[pos] !== QUOTE) return false;
      pos++;
    }
    this.#pos = pos;
    this.#number = negative && cents !== 0 ? -cents : cents;
    return true;
  }

  /** The text up to the closing quote (which stays); -1 when it needs unescaping or is not closed. */
  #text(b: Buffer, to: number, interner: Interner): number {
    const from = this.#pos;
    let hash = HASH_SEED;
    for (let pos = from; pos < to; pos++) {
      const byte = b[pos] ?? 0;
      if (byte === QUOTE) {
        // Maybe too long: counted in characters by the fallback.
        if (pos - from > MAX_TEXT) return -1;
        this.#pos = pos;
        return interner.ofBytes(b, from, pos, hash);
      }
      if (byte === BACKSLASH || byte < 0x20) return -1;
      hash = hashStep(hash, byte);
    }
    return -1;
  }

  #slow(bytes: Buffer, from: number, to: number): boolean {
    const event = decodeJson(bytes.toString('utf8', from, to));
    if (typeof event === 'string') {
      this.reason = event;
      return false;
    }
    this.id = event.id;
    this.org = this.orgs.ofText(event.org);
    this.region = this.regions.ofText(event.region);
    this.cents = event.cents;
    this.at = event.at;
    this.replay = event.replay;
    return true;
  }
}

function matches(b: Buffer, at: number, text: Buffer): boolean {
  for (let i = 0; i < text.length; i++) if (b[at + i] !== text[i]) return false;
  return true;
}
