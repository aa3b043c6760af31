// Rows that a query put aside as too late, by what stands on the late topic: SQL counts them, the query rightly does not.
// Those that a rewind counts after all are none of them. Used by windows.ts.
import { type KafkaAdmin, openReader, type PartitionReader } from '../../clients/kafka.ts';
import type { Logger } from '../../clients/log.ts';
import { LiveDbError } from '../../shared/errors.ts';
import { SIDE_HEADERS } from '../../shared/event.ts';
import type { AuditQuery, KafkaEndpoint } from '../../shared/link.ts';
import { LATE_TOPIC } from '../../shared/names.ts';
import { countedBy } from '../../shared/side-records.ts';
import { Decoder } from '../processor/decode/decoder.ts';
import { Interner } from '../processor/decode/interner.ts';

export interface LateRow {
  id: string;
  /** Since a rewind, hopping windows that start at or after it count the row, epoch ms; null: none does. */
  countedFrom: number | null;
}

export class LateRows {
  /** By query, then by id: the first window that counts the row after all; null when none does. */
  readonly #ids = new Map<string, Map<string, number | null>>();
  readonly #queries: ReadonlyMap<string, AuditQuery>;
  readonly #topic: string;
  readonly #reader: PartitionReader | null;
  readonly #decoder = new Decoder(new Interner(), new Interner());

  private constructor(queries: readonly AuditQuery[], topic: string, reader: PartitionReader | null) {
    this.#queries = new Map(queries.map((query) => [query.name, query]));
    this.#topic = topic;
    this.#reader = reader;
  }

  static async open(
    kafka: KafkaEndpoint,
    admin: KafkaAdmin,
    queries: readonly AuditQuery[],
    log: Logger | null,
    onWaiting: (reason: string | null) => void,
  ): Promise<LateRows> {
    const topic = kafka.lateTopic ?? LATE_TOPIC;
    const offsets = await admin.offsets(topic).catch((error: unknown) => {
      // No query has ever put anything aside.
      if (LiveDbError.dataOf(error).code === 'kafka.no-topic') return null;
      throw error;
    });
    const reader =
      offsets === null
        ? null
        : openReader(kafka, topic, new Map(offsets.map(({ partition, low }) => [partition, low])), {
            clientIdSuffix: 'audit-late',
            log,
            maxWaitMs: 50,
            onWaiting,
          });
    const rows = new LateRows(queries, kafka.topic, reader);
    rows.#highs = new Map(offsets?.map(({ partition, high }) => [partition, high]));
    return rows;
  }

  /** Where the topic ended when it was opened. */
  #highs: ReadonlyMap<number, number> = new Map();

  /** Reads what is there by now. */
  async readOn(signal: AbortSignal): Promise<void> {
    const reader = this.#reader;
    if (reader === null) return;
    const behind = () => [...this.#highs].some(([one, high]) => (reader.offsets.get(one) ?? 0) < high);
    for (let idle = 0; idle < 1 || behind(); ) {
      const fetches = await reader.poll();
      signal.throwIfAborted();
      idle = fetches.length === 0 ? idle + 1 : 0;
      for (const fetched of fetches) {
        const cursor = fetched.records();
        while (cursor.next()) {
          const headers = cursor.headers();
          const query = this.#queries.get(headers[SIDE_HEADERS.query] ?? '');
          if (query === undefined || Number(headers[SIDE_HEADERS.at] ?? 0) < query.born) continue;
          if (!headers[SIDE_HEADERS.source]?.startsWith(`${this.#topic}/`)) continue;
          const counted = countedBy(query.lateCounted, fetched.partition, cursor.offset);
          if (counted?.from === null) continue;
          const decoder = this.#decoder;
          if (cursor.valueStart < 0 || !decoder.decode(cursor.buffer, cursor.valueStart, cursor.valueEnd))
            continue;
          if (decoder.replay) continue;
          const known = this.#ids.get(query.name);
          if (known === undefined)
            this.#ids.set(query.name, new Map([[String(decoder.id), counted?.from ?? null]]));
          else known.set(String(decoder.id), counted?.from ?? null);
        }
      }
    }
  }

  of(query: string): readonly LateRow[] {
    return [...(this.#ids.get(query) ?? [])].map(([id, countedFrom]) => ({ id, countedFrom }));
  }

  async close(): Promise<void> {
    await this.#reader?.close();
  }
}
