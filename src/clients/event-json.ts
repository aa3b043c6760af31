// What counts as an event: JSON.parse, and a check of every field. Numbers are taken from their source text, so that ids
// beyond 2^53 and amounts stay exact. The processor's decoder falls back to it; the control plane checks with it what is
// sent again from the dead topic.
import { isRowId } from '../shared/ids.ts';

export interface DecodedEvent {
  id: number | bigint;
  org: string;
  region: string;
  cents: number;
  /** Event time, epoch ms. */
  at: number;
  replay: boolean;
}

/** A number as it was written. */
class Written {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Reviver = (this: unknown, key: string, value: unknown, context: { source?: string }) => unknown;

const keepText: Reviver = (_key, value, context) =>
  typeof value === 'number' ? new Written(context.source ?? String(value)) : value;

/** Longest org and region, characters: texts of groups are kept in memory. LiveDB's own table takes 255. */
export const MAX_TEXT = 1_024;

/** The event in a record's value, or a short reason why it is none. */
export function decodeJson(text: string): DecodedEvent | string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text, keepText as (key: string, value: unknown) => unknown);
  } catch (error) {
    return `it is not JSON (${error instanceof Error ? error.message : String(error)})`;
  }
  if (!isRecord(parsed)) return 'it is not a JSON object';
  const { payload, meta } = parsed;
  if (!isRecord(payload)) return 'payload is missing';
  if (!isRecord(meta)) return 'meta is missing';
  const id = idOf(parsed.id);
  if (id === null) return 'id is not a whole number of 64 bits';
  if (typeof payload.org !== 'string') return 'payload.org is not a text';
  if (typeof payload.region !== 'string') return 'payload.region is not a text';
  if (payload.org.length > MAX_TEXT) return `payload.org is longer than ${MAX_TEXT} characters`;
  if (payload.region.length > MAX_TEXT) return `payload.region is longer than ${MAX_TEXT} characters`;
  const amount = payload.amount instanceof Written ? payload.amount.text : payload.amount;
  if (typeof amount !== 'string') return 'payload.amount is neither a number nor a text';
  const cents = parseCents(amount);
  if (cents === null) return 'payload.amount is not a decimal with at most two places, or is out of range';
  const at = typeof meta.created_at === 'string' ? instantOf(meta.created_at) : Number.NaN;
  if (Number.isNaN(at)) return 'meta.created_at is not an ISO 8601 time with a zone';
  if (meta.mode !== 'normal' && meta.mode !== 'replay') return 'meta.mode is neither "normal" nor "replay"';
  return { id, org: payload.org, region: payload.region, cents, at, replay: meta.mode === 'replay' };
}

function idOf(value: unknown): number | bigint | null {
  if (!(value instanceof Written) || !/^-?\d{1,20}$/.test(value.text)) return null;
  const number = Number(value.text);
  if (Number.isSafeInteger(number)) return number === 0 ? 0 : number;
  const id = BigInt(value.text);
  return isRowId(id) ? id : null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Written);
}

/** Largest amount of one event, cents (about 45 trillion in units): a sum limb and one amount stay below 2^53. */
export const MAX_CENTS = 2 ** 52 - 1;

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/;

/**
 * Cents of a decimal text (`512.45`, `-3`, `1.5e2`); null when it is no number, has a part below a cent, or is out of
 * range. Zeros behind the second place are taken: they say the same amount.
 */
export function parseCents(text: string): number | null {
  const match = DECIMAL.exec(text);
  if (match === null || text.length > 400) return null;
  const whole = match[2] ?? '';
  const fraction = match[3] ?? '';
  const digits = whole + fraction;
  if (digits === '') return null;
  // The amount is `digits` x 10^shift cents.
  const shift = Number(match[4] ?? 0) - fraction.length + 2;
  let significant = digits.replace(/^0+/, '');
  if (significant === '') return 0;
  if (shift < 0) {
    const cut = significant.length + shift;
    if (!/^0*$/.test(cut < 0 ? significant : significant.slice(cut))) return null;
    significant = significant.slice(0, cut);
  } else {
    if (significant.length + shift > 20) return null;
    significant += '0'.repeat(shift);
  }
  if (significant.length > 16) return null;
  const cents = Number(significant);
  if (cents > MAX_CENTS) return null;
  return match[1] === '-' && cents !== 0 ? -cents : cents;
}

/** The windows around a time must have names too: two days from the last one that a Date can hold, ms. */
const LAST_TIME = 8.64e15 - 2 * 86_400_000;

/** Epoch ms of any ISO text with a zone, as the fallback path reads it; NaN when it is none, or beyond LAST_TIME. */
export function instantOf(text: string): number {
  if (!/^[+-]?\d{4,6}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text)) return Number.NaN;
  const at = Math.floor(Date.parse(text));
  return Math.abs(at) <= LAST_TIME ? at : Number.NaN;
}
