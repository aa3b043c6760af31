// The moving line of one session: captures the next batch while this one is published, and offers the place to be stored
// after the acknowledgement. At most two batches are in memory.
import type { OutgoingRecord } from '../../clients/kafka.ts';
import { LiveDbError } from '../../shared/errors.ts';
import { EVENT_HEADERS } from '../../shared/event.ts';
import type { ProducerSettings } from '../../shared/settings.ts';
import type { Captured } from './capture.ts';
import { type CapturedRow, encodeEvent, isoMoment } from './event-encoding.ts';
import { PlaceSaver } from './place-saver.ts';
import { type CapturePosition, isHigher, type LastRow, type StoredPosition } from './position.ts';
import type { Session } from './session.ts';

export interface LineHooks {
  settings(): ProducerSettings;
  /** Rows that were found, and rows that stand in the topic now (published, or found to be there already). */
  captured(rows: number): void;
  published(rows: number, position: CapturePosition, lastId: string | null): void;
  /** Every row there is to see has been published. */
  caughtUp(): void;
  /** A row's created_at is no moment an event can carry: it was published with the moment of its capture. */
  undated(id: string, createdAt: string | null): void;
}

/** The rows as records, one at a time: the object is reused, so that a batch of rows does not become a second one in memory. */
export function* toRecords(
  rows: readonly CapturedRow[],
  nowMs: number,
  undated: LineHooks['undated'],
): Generator<OutgoingRecord> {
  const position = { name: EVENT_HEADERS.position, value: '' };
  const capturedAt = { name: EVENT_HEADERS.capturedAt, value: String(nowMs) };
  const record = { key: '', value: '', headers: [position, capturedAt] };
  for (const row of rows) {
    let createdAt = isoMoment(row[4]);
    if (createdAt === null) {
      undated(row[0], row[4]);
      createdAt = new Date(nowMs).toISOString();
    }
    position.value = `${row[5] ?? '0'}:${row[0]}`;
    record.key = row[0];
    record.value = encodeEvent(row, createdAt, 'normal');
    yield record;
  }
}

/** The row with the highest id: `producer_offsets` counts by ids. */
export function lastRow(rows: readonly CapturedRow[]): LastRow | null {
  let last: CapturedRow | null = null;
  for (const row of rows) if (last === null || isHigher(row[0], last[0])) last = row;
  // Behind the two tables stands a plain timestamp: infinity is kept, a zone is dropped (it is UTC).
  return last === null ? null : { id: last[0], createdAt: last[4]?.replace(/\+00(?::00)?$/, '') ?? null };
}

/** Publishes until `stop` fires (what is in hand is finished and saved first) or something fails. */
export async function runLine(
  session: Session,
  topic: string,
  hooks: LineHooks,
  stop: AbortSignal,
): Promise<void> {
  const { capture, producer, store, already, lost } = session;
  const offsets = new Map(session.ends);
  let place: StoredPosition = session.start;
  let unsaved = 0;
  let { lastId } = session;
  const saver = new PlaceSaver(store, (saved) => capture.saved(saved));
  const look = () => {
    const next = capture.next(hooks.settings().batchSize);
    // Awaited by the loop; should the loop end by another failure first, this one must not end the process.
    next.catch(() => undefined);
    return next;
  };
  const save = async (batch: Captured, last: LastRow | null) => {
    // While rows of the old tail are still to come, a successor must find them there too.
    const from = already.size > 0 ? place.offsets : Object.fromEntries(offsets);
    place = { capture: batch.position, offsets: from, published: place.published + unsaved };
    const rows = unsaved;
    unsaved = 0;
    await saver.offer(place, last, rows);
  };

  const woken = AbortSignal.any([stop, lost]);
  try {
    let next: Promise<Captured> | null = look();
    while (next !== null) {
      const batch: Captured = await next;
      next = batch.full && !stop.aborted ? look() : null;
      if (batch.rows.length > 0) {
        hooks.captured(batch.rows.length);
        const fresh = already.size > 0 ? batch.rows.filter(([id]) => !already.delete(id)) : batch.rows;
        if (lost.aborted) throw lockLost();
        if (fresh.length > 0) {
          const now = Date.now();
          const written = await producer.send(topic, toRecords(fresh, now, hooks.undated), now);
          for (const [partition, offset] of written) offsets.set(partition, offset);
        }
      }
      const last = lastRow(batch.rows);
      if (last !== null && (lastId === null || isHigher(last.id, lastId))) lastId = last.id;
      hooks.published(batch.rows.length, batch.position, lastId);
      unsaved += batch.rows.length;
      if (batch.save) await save(batch, last);
      // All that the predecessor could see was looked at: what is left in the list are rows deleted since.
      if (batch.settled) already.clear();
      if (batch.full) continue;
      hooks.caughtUp();
      if (stop.aborted) break;
      await capture.idle(woken);
      if (lost.aborted) throw lockLost();
      next = stop.aborted ? null : look();
    }
    await saver.flush();
  } finally {
    saver.stop();
  }
}

function lockLost(): LiveDbError {
  return new LiveDbError({
    code: 'postgres.lost',
    message: 'The connection that holds the lock of the one producer was lost.',
    remedy: 'Nothing to do: LiveDB connects again by itself.',
  });
}
