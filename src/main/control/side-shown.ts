// A record of a side topic as it is listed: its headers read, its value as text or base64 within a bound. Pure; used by
// side-records.ts.
import { SIDE_HEADERS } from '../../shared/event.ts';
import type { AuditQuery } from '../../shared/link.ts';
import { countedBy, SIDE_VALUE_BYTES, type SideRecord } from '../../shared/side-records.ts';
import type { AsideRecord } from '../services/side-topics.ts';

const SOURCE = /^(.+)\/(\d+)\/(\d+)$/;
const WINDOW = /^([^/]+)\/([^/]+)$/;

export function shownRecord(record: AsideRecord): SideRecord {
  const { partition, offset, timestamp, key, bytes, headers } = record;
  const source = SOURCE.exec(headers[SIDE_HEADERS.source] ?? '');
  const window = WINDOW.exec(headers[SIDE_HEADERS.window] ?? '');
  const at = Number(headers[SIDE_HEADERS.at] ?? Number.NaN);
  const query = headers[SIDE_HEADERS.query];
  const cutBefore = headers[SIDE_HEADERS.cut] !== undefined;
  return {
    id: `${partition}/${offset}`,
    source:
      source === null
        ? null
        : { topic: source[1] ?? '', partition: Number(source[2]), offset: source[3] ?? '' },
    at: Number.isFinite(at) ? at : timestamp,
    reason: headers[SIDE_HEADERS.reason] ?? '',
    key,
    ...shownValue(record),
    bytes: cutBefore ? Number(headers[SIDE_HEADERS.cut]) || bytes : bytes,
    cut: cutBefore || bytes > SIDE_VALUE_BYTES,
    ...(window === null ? {} : { window: { start: window[1] ?? '', end: window[2] ?? '' } }),
    ...(query === undefined ? {} : { query }),
  };
}

/** A late one: with the rewind since which its query counts it. */
export function shownLate(
  record: AsideRecord,
  queries: readonly Pick<AuditQuery, 'name' | 'lateCounted'>[],
): SideRecord {
  const shown = shownRecord(record);
  const { lateCounted = [] } = queries.find(({ name }) => name === shown.query) ?? {};
  const counted = countedBy(lateCounted, record.partition, record.offset);
  if (counted === null) return shown;
  const { by, from } = counted;
  return { ...shown, counted: { rewind: by.rewind, at: by.at, from } };
}

function shownValue({ value, bytes }: AsideRecord): Pick<SideRecord, 'value' | 'encoding'> {
  if (value === null) return { value: null, encoding: 'utf8' };
  const part = value.subarray(0, SIDE_VALUE_BYTES);
  // A cut may fall into the middle of a character: up to three bytes of it are left out.
  for (let end = part.length; end >= Math.max(0, part.length - (bytes > part.length ? 3 : 0)); end--) {
    const text = textOf(part.subarray(0, end));
    if (text !== null) return { value: text, encoding: 'utf8' };
  }
  return { value: part.toString('base64'), encoding: 'base64' };
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function textOf(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes);
  } catch {
    return null; // Not text: it is shown as base64.
  }
}
