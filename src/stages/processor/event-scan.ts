// Reads a stretch of the events topic into windows of its own, a slice at a time beside the live line. Used by the rewind.
import { setImmediate as breathe } from 'node:timers/promises';
import { openReader } from '../../clients/kafka.ts';
import type { RecordCursor } from '../../clients/kafka-records.ts';
import type { Logger } from '../../clients/log.ts';
import { LiveDbError } from '../../shared/errors.ts';
import type { KafkaEndpoint } from '../../shared/link.ts';
import type { Intake } from './intake.ts';

/** Smaller than the live line's: that one comes first. */
const FETCH_BYTES = 512 * 1024;
const SLICE_MS = 6;
/** Nothing came for so long though there should be more, ms. */
const STUCK_MS = 30_000;

export interface EventScanParts {
  kafka: KafkaEndpoint;
  log: Logger | null;
  /** Its places are where the reading stands. */
  intake: Intake;
  from: ReadonlyMap<number, number>;
  signal: AbortSignal;
  /** Resolves when events published then (epoch ms) may be read: asked for each part of them, and between its slices. */
  mayRead?(at: number): Promise<void>;
  /** Adds up the bytes of what is read, and finds when it was published. */
  weigh: boolean;
}

export class EventScan {
  readonly intake: Intake;
  readonly from: ReadonlyMap<number, number>;
  /** Keys and values read, when they are added up. */
  bytes = 0;
  /** When the first and the last of it were published, epoch ms; null before the first. */
  span: { from: number; to: number } | null = null;
  readonly #parts: EventScanParts;

  constructor(parts: EventScanParts) {
    this.#parts = parts;
    this.intake = parts.intake;
    this.from = parts.from;
    for (const [partition, next] of parts.from) this.intake.places.set(partition, { next, last: null });
  }

  /** Offsets read so far. */
  get records(): number {
    let records = 0;
    for (const [partition, { next }] of this.intake.places)
      records += next - (this.from.get(partition) ?? next);
    return records;
  }

  /** Offsets read so far of those below these. */
  within(upTo: ReadonlyMap<number, number>): number {
    let records = 0;
    for (const [partition, from] of this.from) {
      const next = this.intake.places.get(partition)?.next ?? from;
      records += Math.max(0, Math.min(next, upTo.get(partition) ?? next) - from);
    }
    return records;
  }

  /** Offsets that are still to be read up to there. */
  behind(upTo: ReadonlyMap<number, number>): number {
    let records = 0;
    for (const [partition, { next }] of this.intake.places)
      records += Math.max(0, (upTo.get(partition) ?? next) - next);
    return records;
  }

  /** Takes in every event below these offsets. Throws the signal's reason, or a LiveDbError. */
  async readTo(upTo: ReadonlyMap<number, number>, progressed: () => void): Promise<void> {
    const { kafka, log, intake, signal } = this.#parts;
    const wanted = new Map<number, number>();
    for (const [partition, { next }] of intake.places)
      if (next < (upTo.get(partition) ?? next)) wanted.set(partition, next);
    if (wanted.size === 0) return;
    const reader = openReader(kafka, kafka.topic, wanted, {
      clientIdSuffix: 'rewind',
      log,
      maxBytesPerPartition: FETCH_BYTES,
      maxBytes: 16 * FETCH_BYTES,
    });
    let movedAt = Date.now();
    try {
      while (this.behind(upTo) > 0) {
        signal.throwIfAborted();
        for (const fetched of await reader.poll()) {
          const end = upTo.get(fetched.partition) ?? 0;
          if ((intake.places.get(fetched.partition)?.next ?? end) >= end) continue;
          if (this.#parts.weigh) this.#weigh(fetched.records(end));
          const published = firstTime(fetched.records(end));
          const cursor = fetched.records(end);
          for (let done = false; !done; ) {
            await this.#parts.mayRead?.(published);
            signal.throwIfAborted();
            done = intake.takeSome(fetched, cursor, Date.now(), SLICE_MS);
            progressed();
            await breathe();
          }
          const place = intake.places.get(fetched.partition);
          if (place !== undefined && place.next > end)
            intake.places.set(fetched.partition, { next: end, last: null });
          movedAt = Date.now();
        }
        if (Date.now() - movedAt > STUCK_MS) {
          throw new LiveDbError({
            code: 'rewind.stuck',
            message: `Nothing came from ${kafka.topic} for ${STUCK_MS / 1000} s.`,
            remedy: 'See whether Kafka is up, then start the rewind again.',
          });
        }
      }
    } finally {
      await reader.close();
    }
  }

  #weigh(cursor: RecordCursor): void {
    while (cursor.next()) {
      const { keyStart, keyEnd, valueStart, valueEnd, timestamp } = cursor;
      this.bytes += Math.max(0, keyEnd - keyStart) + Math.max(0, valueEnd - valueStart);
      this.span = {
        from: Math.min(timestamp, this.span?.from ?? timestamp),
        to: Math.max(timestamp, this.span?.to ?? timestamp),
      };
    }
  }
}

/** 0 when there is none. */
function firstTime(cursor: RecordCursor): number {
  return cursor.next() ? cursor.timestamp : 0;
}
