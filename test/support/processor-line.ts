// The embedded broker and a processor as real processes, and what a test needs around them: events in, results out.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { openAdmin, openPlainProducer, openReader } from '../../src/clients/kafka.ts';
import { WindowResult } from '../../src/shared/event.ts';
import type { BrokerReady, KafkaEndpoint, ProcessorConfig, ProcessorReport } from '../../src/shared/link.ts';
import { DEFAULT_QUERY, type QuerySpec } from '../../src/shared/query.ts';
import { centsText } from '../../src/stages/processor/money.ts';
import { ChildProgram } from './child-program.ts';
import { type OracleEvent, type OracleResult, oracleResults } from './oracle.ts';

export interface TestEvent extends OracleEvent {
  id: number;
  mode?: 'normal' | 'replay';
}

export interface RunningBroker {
  endpoint: KafkaEndpoint;
  child: ChildProgram<unknown>;
}

export async function startBroker(folder: string, port: number | null = null): Promise<RunningBroker> {
  const child = new ChildProgram<unknown>('broker');
  const ready = await child.start<BrokerReady>({ dataDir: folder, logDir: `${folder}/logs`, port });
  return {
    child,
    endpoint: {
      kind: 'embedded',
      brokers: [`${ready.host}:${ready.port}`],
      clientId: 'livedb-test',
      topic: 'db_live_events',
      resultsTopic: 'db_live_results',
      ssl: false,
      sasl: null,
    },
  };
}

/** Quick windows for tests: one second each, closed by the clock soon after the last event. */
export const QUICK_QUERY: QuerySpec = {
  ...DEFAULT_QUERY,
  window: { kind: 'tumbling', sizeMs: 1_000 },
  outOfOrdernessMs: 200,
  idleTimeoutMs: 300,
};

export function processorConfig(folder: string, kafka: KafkaEndpoint, query = QUICK_QUERY): ProcessorConfig {
  return {
    dataDir: folder,
    logDir: `${folder}/logs`,
    kafka,
    settings: { query, queries: [], checkpointIntervalMs: 200 },
  };
}

export async function startProcessor(config: ProcessorConfig): Promise<ChildProgram<ProcessorReport>> {
  const child = new ChildProgram<ProcessorReport>('stages/processor');
  await child.start(config);
  return child;
}

export function eventText(event: TestEvent): string {
  const created = new Date(event.at).toISOString();
  return `{"id":${event.id},"payload":{"org":"${event.group}","amount":${event.amount},"region":"eu-1"},"meta":{"source":"livedb","created_at":"${created}","mode":"${event.mode ?? 'normal'}"}}`;
}

/** Publishes values (events or anything else) keyed by their place in the list, or by the event's id. */
export async function publish(
  endpoint: KafkaEndpoint,
  values: readonly (TestEvent | string)[],
): Promise<void> {
  const producer = await openPlainProducer(endpoint, { clientIdSuffix: 'events' });
  try {
    const records = values.map((value, at) =>
      typeof value === 'string'
        ? { key: String(at), value, headers: [] }
        : { key: String(value.id), value: eventText(value), headers: [] },
    );
    for (let at = 0; at < records.length; at += 1_000) {
      await producer.send(endpoint.topic, records.slice(at, at + 1_000), Date.now());
    }
  } finally {
    await producer.close();
  }
}

/** Every result in the topic, in order per partition. */
export async function readResults(endpoint: KafkaEndpoint): Promise<{ key: string; result: WindowResult }[]> {
  const admin = openAdmin(endpoint, { clientIdSuffix: 'test' });
  const offsets = await admin.offsets(endpoint.resultsTopic);
  await admin.close();
  const reader = openReader(
    endpoint,
    endpoint.resultsTopic,
    new Map(offsets.map((one) => [one.partition, one.low])),
    {
      clientIdSuffix: 'results',
      maxWaitMs: 50,
    },
  );
  const found: { key: string; result: WindowResult }[] = [];
  try {
    while (offsets.some((one) => (reader.offsets.get(one.partition) ?? 0) < one.high)) {
      for (const fetched of await reader.poll()) {
        const cursor = fetched.records();
        while (cursor.next()) {
          found.push({
            key: cursor.key() ?? '',
            result: WindowResult.parse(JSON.parse(cursor.value() ?? '')),
          });
        }
      }
    }
  } finally {
    await reader.close();
  }
  return found;
}

export interface ResultSummary {
  newest: OracleResult[];
  /** Keys with a revision that is there twice. */
  doubled: string[];
}

/** Newest revision of each window and group, and what is there twice; of all queries, or of one. */
export function summarise(
  results: readonly { key: string; result: WindowResult }[],
  query?: string,
): ResultSummary {
  const newest = new Map<string, WindowResult>();
  const seen = new Set<string>();
  const doubled: string[] = [];
  for (const { key, result } of results) {
    const name = `${result.query} ${key}`;
    if (seen.has(`${name} ${result.revision}`)) doubled.push(`${name} revision ${result.revision}`);
    seen.add(`${name} ${result.revision}`);
    const known = newest.get(name);
    if (known === undefined || known.revision < result.revision) newest.set(name, result);
  }
  const rows = [...newest.values()]
    .filter((result) => query === undefined || result.query === query)
    .map(plainResult);
  return { newest: rows.sort(byWindow), doubled };
}

export function plainResult(result: WindowResult): OracleResult {
  const {
    window,
    group,
    count,
    sum = '',
    avg = '',
    min = '',
    max = '',
    p50 = '',
    p95 = '',
    p99 = '',
  } = result;
  const { start, end } = window;
  return { start, end, group: group.org ?? group.region ?? '', count, sum, avg, min, max, p50, p95, p99 };
}

export function byWindow(a: OracleResult, b: OracleResult): number {
  return a.start < b.start ? -1 : a.start > b.start ? 1 : a.group < b.group ? -1 : a.group > b.group ? 1 : 0;
}

/** Percentiles of large groups come from a sketch: they may be off by its stated 1%. Everything else must be equal. */
export function sameResults(found: readonly OracleResult[], expected: readonly OracleResult[]): boolean {
  const near = (a: string, b: string) =>
    Math.abs(Number(a) - Number(b)) <= Math.abs(Number(b)) * 0.0101 + 0.01;
  return (
    found.length === expected.length &&
    found.every((row, at) => {
      const other = expected[at];
      if (other === undefined) return false;
      const { p50, p95, p99, ...exact } = row;
      const sameExact = Object.entries(exact).every(
        ([name, value]) => other[name as keyof OracleResult] === value,
      );
      if (!sameExact) return false;
      if (row.count <= 1_000) return p50 === other.p50 && p95 === other.p95 && p99 === other.p99;
      return near(p50, other.p50) && near(p95, other.p95) && near(p99, other.p99);
    })
  );
}

/** Reads the results until their newest revisions satisfy the condition; gives the last reading when time is up. */
export async function awaitResults(
  endpoint: KafkaEndpoint,
  condition: (summary: ResultSummary) => boolean,
  timeoutMs = 15_000,
  query?: string,
): Promise<ResultSummary> {
  const giveUpAt = Date.now() + timeoutMs;
  for (;;) {
    const summary = summarise(await readResults(endpoint), query);
    if (condition(summary) || Date.now() > giveUpAt) return summary;
    await pause(100);
  }
}

const GROUPS = ['alpha-cloud', 'beta', 'gamma ray', 'délta'];

/** Repeatable random numbers in [0, 1). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Makes events, and remembers them for the oracle. */
export class Events {
  readonly all: TestEvent[] = [];
  readonly #random: () => number;
  constructor(seed: number) {
    this.#random = seeded(seed);
  }

  /** Events around `at`, some of them late by up to three windows. */
  make(count: number, at: number): TestEvent[] {
    const made = Array.from({ length: count }, () => {
      const late =
        this.#random() < 0.05 ? Math.floor(this.#random() * 3_000) : Math.floor(this.#random() * 150);
      const group = GROUPS[Math.floor(this.#random() * GROUPS.length)] ?? 'beta';
      const event = {
        id: this.all.length + 1,
        at: at - late,
        group,
        amount: centsText(Math.floor(this.#random() * 1e6)),
      };
      this.all.push(event);
      return event;
    });
    return made;
  }

  expected(): OracleResult[] {
    return oracleResults(this.all, 1_000);
  }
}

/** Waits for the results that the oracle expects of a query; fails with the difference when they do not come. */
export async function awaitOracle(
  endpoint: KafkaEndpoint,
  events: Events,
  timeoutMs?: number,
  query?: string,
): Promise<void> {
  const expected = events.expected();
  const found = await awaitResults(endpoint, ({ newest }) => sameResults(newest, expected), timeoutMs, query);
  if (!sameResults(found.newest, expected)) assert.deepEqual(found.newest, expected);
  assert.deepEqual(found.doubled, []);
}
