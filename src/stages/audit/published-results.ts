// What stands in the results topic: the newest revision of each window that is held against SQL, what is there twice, and
// what is left out. Used by windows.ts.
import { openReader, type PartitionOffsets } from '../../clients/kafka.ts';
import type { Logger } from '../../clients/log.ts';
import type { AuditFindings } from '../../shared/audit.ts';
import { WindowResult } from '../../shared/event.ts';
import type { KafkaEndpoint } from '../../shared/link.ts';
import { type ResultLine, type ResultLines, windowKey } from './result-lines.ts';

type Republished = AuditFindings['republished'];
type Place = Republished['named'][number]['places'][number];

export interface Newest extends Place {
  key: string;
  line: ResultLine;
  result: WindowResult;
}

export interface PublishedOptions {
  kafka: KafkaEndpoint;
  offsets: readonly PartitionOffsets[];
  lines: ResultLines;
  named: number;
  log: Logger | null;
  waiting(reason: string | null): void;
  progress(records: number): void;
}

export class PublishedResults {
  records = 0;
  /** Results that are not compared because events of them are on their way. */
  open = 0;
  /** Those of each query for each reason, and records that are no results. */
  readonly left = new Map<string, { query: string; why: string; results: number }>();
  foreign = 0;
  readonly newest = new Map<string, Newest>();
  readonly #revisions = new Map<string, Place>();
  readonly #twice = new Map<string, Republished['named'][number]>();
  readonly #options: PublishedOptions;
  readonly #reader;

  constructor(options: PublishedOptions) {
    this.#options = options;
    const from = new Map(options.offsets.map(({ partition, low }) => [partition, low]));
    this.#reader = openReader(options.kafka, options.kafka.resultsTopic, from, {
      clientIdSuffix: 'audit-results',
      log: options.log,
      maxWaitMs: 50,
      onWaiting: options.waiting,
    });
  }

  /** Reads what is there; returns when a look finds nothing more and the ends known at the start are reached. */
  async readToEnd(signal: AbortSignal): Promise<void> {
    const behind = () =>
      this.#options.offsets.some(({ partition, high }) => (this.#reader.offsets.get(partition) ?? 0) < high);
    for (let idle = 0; idle < 2 || behind(); ) {
      const fetches = await this.#reader.poll();
      signal.throwIfAborted();
      idle = fetches.length === 0 ? idle + 1 : 0;
      for (const fetched of fetches) {
        const cursor = fetched.records();
        let records = 0;
        while (cursor.next()) {
          records++;
          const place = { partition: fetched.partition, offset: String(cursor.offset) };
          this.#take(cursor.value(), place, cursor.timestamp);
        }
        this.records += records;
        this.#options.progress(records);
      }
    }
  }

  /** Leaves out windows that end after a moment. */
  leaveFrom(moment: number): void {
    for (const [key, { result }] of this.newest) {
      if (Date.parse(result.window.end) <= moment) continue;
      this.newest.delete(key);
      this.open++;
    }
  }

  republished(): Republished {
    return { count: this.#twice.size, named: [...this.#twice.values()].slice(0, this.#options.named) };
  }

  close(): Promise<void> {
    return this.#reader.close();
  }

  #take(value: string | null, place: Place, publishedAt: number): void {
    const result = parseResult(value);
    if (result === null) {
      this.foreign++;
      return;
    }
    const { query, window, group, revision } = result;
    const key = windowKey(result);
    const once = `${key}#${revision}`;
    const sorted = this.#options.lines.sort(result, publishedAt);
    // A query that was made anew begins again with its first revisions.
    const own = 'line' in sorted || sorted.own;
    const first = own ? this.#revisions.get(once) : undefined;
    if (own && first === undefined) this.#revisions.set(once, place);
    else if (first !== undefined) {
      const known = this.#twice.get(once) ?? { query, window, group, revision, places: [first] };
      known.places.push(place);
      this.#twice.set(once, known);
    }
    if ('left' in sorted) {
      const name = `${query} ${sorted.left}`;
      const known = this.left.get(name) ?? { query, why: sorted.left, results: 0 };
      known.results++;
      this.left.set(name, known);
      return;
    }
    const known = this.newest.get(key);
    if (known === undefined || revision > known.result.revision)
      this.newest.set(key, { ...sorted, result, ...place });
  }
}

function parseResult(value: string | null): WindowResult | null {
  if (value === null) return null;
  try {
    return WindowResult.parse(JSON.parse(value));
  } catch {
    return null; // Not a result: somebody else wrote to the topic. It is counted as left out.
  }
}
