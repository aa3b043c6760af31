// A captured row as the event on the topic, written by hand because it is the producer's hottest path: the field order
// and the exact amount are fixed (docs: design of the event). Used by the live capture and by the producer replay.
import { timestampToMillis } from '../../clients/postgres.ts';
import type { EventMode } from '../../shared/event.ts';

/** Columns of a captured row as PostgreSQL's text; `tx` null where the table has no such column. */
export type CapturedRow = readonly [
  id: string,
  org: string | null,
  amount: string | null,
  region: string | null,
  createdAt: string | null,
  tx: string | null,
];

const NEEDS_ESCAPE = /["\\\p{Cc}\p{Cs}]/u;
const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
/** `2026-11-23 10:00:00.123456`, with `+00` behind it where the column is a timestamptz. */
const PLAIN_TIMESTAMP = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?(?:\+00(?::00)?)?$/;
const UTC_SUFFIX = /\+00(?::00)?$/;
const MAX_REMEMBERED = 4_096;

/** Orgs and regions come again and again: their JSON is kept, up to a bound. */
const quoted = new Map<string, string>();

/** A text as JSON. */
export function jsonText(text: string): string {
  const known = quoted.get(text);
  if (known !== undefined) return known;
  const json = NEEDS_ESCAPE.test(text) ? JSON.stringify(text) : `"${text}"`;
  if (quoted.size >= MAX_REMEMBERED) quoted.clear();
  quoted.set(text, json);
  return json;
}

/** The exact decimal text as a JSON number; what is no JSON number (NaN, money's `$1.00`) as a string. */
export function jsonAmount(amount: string | null): string {
  if (amount === null) return 'null';
  return JSON_NUMBER.test(amount) ? amount : JSON.stringify(amount);
}

/**
 * A timestamp's text as ISO 8601 in UTC with milliseconds: microseconds are cut, never rounded up into the next window.
 * Null for what is no moment an event can carry (infinity, before our era, no value).
 */
export function isoMoment(timestamp: string | null): string | null {
  if (timestamp === null) return null;
  if (PLAIN_TIMESTAMP.test(timestamp)) {
    const dot = timestamp.charCodeAt(19) === 46;
    const plus = timestamp.indexOf('+');
    const digits = dot ? timestamp.slice(20, plus < 0 ? undefined : plus) : '';
    const millis = digits.length >= 3 ? digits.slice(0, 3) : digits.padEnd(3, '0');
    return `${timestamp.slice(0, 10)}T${timestamp.slice(11, 19)}.${millis}Z`;
  }
  try {
    const iso = new Date(timestampToMillis(timestamp.replace(UTC_SUFFIX, ''))).toISOString();
    return iso;
  } catch {
    // Counted by its caller: the row is published with the moment of its capture.
    return null;
  }
}

/** The event's value. `createdAt` is ISO 8601; `id` the exact decimal text. */
export function encodeEvent(row: CapturedRow, createdAt: string, mode: EventMode): string {
  const [id, org, amount, region] = row;
  return `{"id":${id},"payload":{"org":${jsonText(org ?? '')},"amount":${jsonAmount(amount)},"region":${jsonText(region ?? '')}},"meta":{"source":"livedb","created_at":"${createdAt}","mode":"${mode}"}}`;
}
