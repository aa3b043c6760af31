// Reads the events topic from its beginning to beyond the end it had when the table was read, and marks each event in
// the table's fingerprints. Used by audit.ts.
import { setImmediate as breathe } from 'node:timers/promises';
import {
  type FetchedPartition,
  openReader,
  type PartitionOffsets,
  type PartitionReader,
} from '../../clients/kafka.ts';
import type { Logger } from '../../clients/log.ts';
import type { AuditContent, AuditFindings } from '../../shared/audit.ts';
import { EVENT_HEADERS } from '../../shared/event.ts';
import { IdSet } from '../../shared/ids.ts';
import type { KafkaEndpoint } from '../../shared/link.ts';
import { Decoder } from '../processor/decode/decoder.ts';
import type { Interner } from '../processor/decode/interner.ts';
import { centsText } from '../processor/money.ts';
import { type Fingerprints, fingerprintOf } from './fingerprints.ts';
import { OrderCheck, parsePosition } from './order.ts';

const POSITION = Buffer.from(EVENT_HEADERS.position);
const MAX_WAIT_MS = 100;
const FETCH_BYTES = 2 * 1024 * 1024;
/** Events without a row whose place is remembered: most of them will turn out to be newer than the audit. */
const UNKNOWN_PLACES = 50_000;

type Place = AuditFindings['strange']['named'][number];

export interface TopicScanOptions {
  kafka: KafkaEndpoint;
  offsets: readonly PartitionOffsets[];
  rows: Fingerprints;
  orgs: Interner;
  regions: Interner;
  named: number;
  log: Logger | null;
  waiting(reason: string | null): void;
  progress(records: number): void;
}

export class TopicScan {
  records = 0;
  normal = 0;
  replayed = 0;
  unreadable = 0;
  readonly order = new OrderCheck();
  /** Ids of events that the table's snapshot does not hold, and the places of the first of them. */
  readonly unknown = new IdSet();
  readonly unknownPlaces: Place[] = [];
  doubled = 0;
  /** Ids met more than once; the first ones. */
  readonly doubledIds = new Set<string>();
  different = 0;
  readonly differing: (Place & { event: AuditContent })[] = [];
  /** Highest id of mode "normal", for tables without tx. */
  highestId: bigint | null = null;
  readonly #options: TopicScanOptions;
  readonly #decoder: Decoder;
  readonly #reader: PartitionReader;

  constructor(options: TopicScanOptions) {
    this.#options = options;
    this.#decoder = new Decoder(options.orgs, options.regions);
    this.#reader = openTopic(options);
  }

  get offsets(): ReadonlyMap<number, number> {
    return this.#reader.offsets;
  }

  /** True when the topic is read up to the ends it had at the start. */
  get atEnds(): boolean {
    return this.#options.offsets.every(({ partition, high }) => (this.offsets.get(partition) ?? 0) >= high);
  }

  /** Takes in what has come; waits up to 100 ms for it. */
  async step(signal: AbortSignal): Promise<void> {
    const fetches = await this.#reader.poll();
    signal.throwIfAborted();
    for (const fetched of fetches) {
      this.#take(fetched);
      await breathe();
    }
  }

  close(): Promise<void> {
    return this.#reader.close();
  }

  #take(fetched: FetchedPartition): void {
    const { rows, named } = this.#options;
    const decoder = this.#decoder;
    const cursor = fetched.records();
    let records = 0;
    while (cursor.next()) {
      records++;
      if (cursor.valueStart < 0 || !decoder.decode(cursor.buffer, cursor.valueStart, cursor.valueEnd)) {
        this.unreadable++;
        continue;
      }
      if (decoder.replay) {
        this.replayed++;
        continue;
      }
      this.normal++;
      const { id, org, region, cents, at } = decoder;
      const mark = rows.mark(id, fingerprintOf(org, region, cents, at));
      if (mark === 'again' || (mark === 'unknown' && !this.unknown.add(id))) {
        this.doubled++;
        if (this.doubledIds.size < named) this.doubledIds.add(String(id));
        continue;
      }
      const place = { partition: fetched.partition, offset: String(cursor.offset), id: String(id) };
      if (mark === 'unknown') {
        if (this.unknownPlaces.length < UNKNOWN_PLACES) this.unknownPlaces.push(place);
      } else if (mark === 'different') {
        this.different++;
        if (this.differing.length < named) {
          const createdAt = new Date(at).toISOString();
          const event = {
            org: decoder.orgs.text(org),
            amount: centsText(cents),
            region: decoder.regions.text(region),
            createdAt,
          };
          this.differing.push({ ...place, event });
        }
      }
      const position = parsePosition(cursor.header(POSITION));
      if (position !== null) this.order.take(fetched.partition, cursor.offset, position);
      if (this.highestId === null || BigInt(id) > this.highestId) this.highestId = BigInt(id);
    }
    this.unreadable += cursor.unreadable;
    this.records += records + cursor.unreadable;
    this.#options.progress(records);
  }
}

function openTopic(
  options: Pick<TopicScanOptions, 'kafka' | 'offsets' | 'log' | 'waiting'>,
): PartitionReader {
  const from = new Map(options.offsets.map(({ partition, low }) => [partition, low]));
  return openReader(options.kafka, options.kafka.topic, from, {
    clientIdSuffix: 'audit',
    log: options.log,
    maxWaitMs: MAX_WAIT_MS,
    maxBytesPerPartition: FETCH_BYTES,
    maxBytes: FETCH_BYTES * Math.max(2, from.size),
    onWaiting: options.waiting,
  });
}

/** Reads the topic once more, up to where it was read before, for all places of some ids. */
export async function placesOf(
  ids: ReadonlySet<string>,
  upTo: ReadonlyMap<number, number>,
  options: Pick<TopicScanOptions, 'kafka' | 'offsets' | 'log' | 'waiting' | 'orgs' | 'regions'>,
  signal: AbortSignal,
): Promise<Map<string, { partition: number; offset: string }[]>> {
  const places = new Map<string, { partition: number; offset: string }[]>();
  if (ids.size === 0) return places;
  const decoder = new Decoder(options.orgs, options.regions);
  const reader = openTopic(options);
  try {
    while ([...upTo].some(([partition, end]) => (reader.offsets.get(partition) ?? 0) < end)) {
      const fetches = await reader.poll();
      signal.throwIfAborted();
      for (const fetched of fetches) {
        const cursor = fetched.records(upTo.get(fetched.partition));
        while (cursor.next()) {
          if (cursor.valueStart < 0) continue;
          if (!decoder.decode(cursor.buffer, cursor.valueStart, cursor.valueEnd) || decoder.replay) continue;
          const id = String(decoder.id);
          if (!ids.has(id)) continue;
          const place = { partition: fetched.partition, offset: String(cursor.offset) };
          const known = places.get(id);
          if (known === undefined) places.set(id, [place]);
          else known.push(place);
        }
        await breathe();
      }
    }
  } finally {
    await reader.close();
  }
  return places;
}
