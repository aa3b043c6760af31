// Looks at topic and table for previews: what a replay would read, counted by doing it without a trace, within a time. Run
// by main.ts of this folder when it is started as a scout; answers the calls of the control plane.
import { setImmediate as breathe } from 'node:timers/promises';
import { openAdmin, partitionOf } from '../../clients/kafka.ts';
import type { Logger } from '../../clients/log.ts';
import { closePostgres, connectPostgres, type PgClient } from '../../clients/postgres.ts';
import { postgresError } from '../../clients/postgres-errors.ts';
import { resultKey, type WindowResult } from '../../shared/event.ts';
import type { QuerySpec } from '../../shared/query.ts';
import type { QueryPreview } from '../../shared/replay.ts';
import type { FoundEvents, FoundRows, ScoutEvents, ScoutQuery, ScoutRows } from '../../shared/replay-link.ts';
import { stretchesOf } from './branch.ts';
import { Lanes, type Stretch } from './lanes.ts';
import { planLook, type Range } from './outside.ts';
import { QueryRun } from './query-run.ts';
import { tableHasTx } from './republish.ts';
import * as sql from './rows.sql.ts';

const SLICE_MS = 10;
/** Results of one preview of a query. */
const MAX_RESULTS = 20_000;
/** Rows whose partition is worked out one by one; of more, each partition gets its share. */
const MAX_IDS = 300_000;
const ID_PAGE = 20_000;
/** The fixed parts of an event's text: field names, braces, created_at, mode (src/stages/producer/event-encoding.ts). */
const EVENT_FRAME_BYTES =
  '{"id":,"payload":{"org":"","amount":,"region":""},"meta":{"source":"livedb","created_at":"2026-11-23T10:00:00.000Z","mode":"replay"}}'
    .length;

/** Runs the query over the stretches until the end or until time is up; the results go to `take`. */
async function runWithin(
  kafka: ScoutEvents['kafka'],
  stretches: readonly Stretch[],
  query: QuerySpec,
  budgetMs: number,
  signal: AbortSignal,
  log: Logger | null,
  take: (results: readonly WindowResult[]) => void,
): Promise<{ run: QueryRun; whole: boolean; openedMs: number; tookMs: number }> {
  const from = performance.now();
  let opened: number | null = null;
  const lanes = new Lanes(kafka, stretches, {
    clientIdSuffix: 'replay-preview',
    log,
    signal,
    onWaiting: () => undefined,
  });
  const run = new QueryRun(lanes, query);
  const handOut = () => {
    do take(run.results());
    while (run.core.waiting > 0);
  };
  let whole = false;
  try {
    while (performance.now() - from < budgetMs) {
      signal.throwIfAborted();
      await lanes.fill();
      opened ??= performance.now();
      const stopped = run.take(SLICE_MS);
      handOut();
      if (stopped === 'end') {
        whole = true;
        break;
      }
      await breathe();
    }
    run.finish();
    handOut();
  } finally {
    await lanes.close();
  }
  const end = performance.now();
  return { run, whole, openedMs: (opened ?? end) - from, tookMs: end - from };
}

export async function scoutEvents(
  asked: ScoutEvents,
  signal: AbortSignal,
  log: Logger | null,
): Promise<FoundEvents> {
  const { kafka, ranges, query } = asked;
  const stretches = stretchesOf(asked);
  let windows = 0;
  const { run, whole, openedMs, tookMs } = await runWithin(
    kafka,
    stretches,
    query,
    asked.budgetMs,
    signal,
    log,
    (results) => {
      for (const result of results) if (result.revision === 0) windows++;
    },
  );
  const offsets = stretches.reduce((sum, { from, to }) => sum + Math.max(0, to - from), 0);
  const events = whole ? run.done : offsets;
  const share = whole || run.done === 0 ? 1 : events / run.done;
  const ends = whole ? run.figures : await lastOf(kafka, stretches, query, signal, log);
  const perPartition = ranges.map(({ partition, from, to, events: held }) => {
    const found = run.figures.get(partition);
    const last = ends.get(partition)?.lastAt ?? found?.lastAt ?? null;
    return {
      partition,
      events: whole ? (found?.events ?? 0) : held,
      from,
      to,
      firstAt: found?.firstAt ?? null,
      lastAt: last,
    };
  });
  const firsts = perPartition.flatMap(({ firstAt }) => (firstAt === null ? [] : [firstAt]));
  const lasts = perPartition.flatMap(({ lastAt }) => (lastAt === null ? [] : [lastAt]));
  const timeRange =
    firsts.length === 0 || lasts.length === 0 ? null : { from: Math.min(...firsts), to: Math.max(...lasts) };
  const spanTo = whole ? run.now : (timeRange?.to ?? run.now);
  const first = run.firstAt;
  const around =
    timeRange === null || first === null
      ? 0
      : await eventsAround({ kafka, stretches, query, times: timeRange, first }, log);
  return {
    perPartition,
    events,
    windows: Math.round(windows * share),
    bytes: Math.round(run.bytes * share),
    timeRange,
    span: first === null ? null : { from: first, to: Math.max(first, spanTo) },
    around,
    read: { events: run.done, openedMs, tookMs },
    exact: whole,
  };
}

/** How many events outside the range are looked through when its results are compared. */
async function eventsAround(range: Range, log: Logger | null): Promise<number> {
  const { before, after } = await planLook(range, log);
  return [...before, ...after].reduce((sum, { from, to }) => sum + to - from, 0);
}

/** Figures of the last few records of each stretch. */
async function lastOf(
  kafka: ScoutEvents['kafka'],
  stretches: readonly Stretch[],
  query: QuerySpec,
  signal: AbortSignal,
  log: Logger | null,
): Promise<QueryRun['figures']> {
  const ends = stretches.map(({ partition, from, to }) => ({
    partition,
    from: Math.max(from, to - 500),
    to,
  }));
  const { run } = await runWithin(kafka, ends, query, 1_000, signal, log, () => undefined);
  return run.figures;
}

export async function scoutQuery(
  { kafka, spec, fromMs, maxEvents, budgetMs }: ScoutQuery,
  signal: AbortSignal,
  log: Logger | null,
): Promise<QueryPreview> {
  const began = performance.now();
  const admin = openAdmin(kafka, { clientIdSuffix: 'replay-admin', log });
  let stretches: Stretch[];
  try {
    const [offsets, byTime] = await Promise.all([
      admin.offsets(kafka.topic),
      admin.offsetsByTime(kafka.topic, fromMs),
    ]);
    stretches = offsets.map(({ partition, low, high }) => ({
      partition,
      from: Math.min(high, Math.max(low, byTime.get(partition) ?? high)),
      to: high,
    }));
  } finally {
    await admin.close();
  }
  const all = stretches.reduce((sum, { from, to }) => sum + to - from, 0);
  const share = Math.min(1, maxEvents / Math.max(1, all));
  // Too many: the newest of each partition.
  if (share < 1)
    stretches = stretches.map((one) => ({ ...one, from: one.to - Math.floor((one.to - one.from) * share) }));
  const newest = new Map<string, WindowResult>();
  let overflow = false;
  const { run, whole } = await runWithin(kafka, stretches, spec, budgetMs, signal, log, (results) => {
    for (const result of results) {
      const key = resultKey(result);
      if (result.count === 0) newest.delete(key);
      else if (newest.size < MAX_RESULTS || newest.has(key)) newest.set(key, result);
      else overflow = true;
    }
  });
  return {
    results: [...newest.values()].sort((a, b) =>
      a.window.start < b.window.start ? -1 : a.window.start > b.window.start ? 1 : 0,
    ),
    events: run.done,
    from: run.times?.from ?? null,
    to: run.times?.to ?? null,
    windows: newest.size,
    tookMs: Math.round(performance.now() - began),
    truncated: overflow || !whole || share < 1,
  };
}

export async function scoutRows(asked: ScoutRows, log: Logger | null): Promise<FoundRows> {
  const { kafka, postgres, range } = asked;
  const admin = openAdmin(kafka, { clientIdSuffix: 'replay-admin', log });
  const partitions = await admin
    .offsets(kafka.topic)
    .then((offsets) => offsets.length)
    .finally(() => admin.close());
  const client = await connectPostgres(postgres, { applicationName: 'livedb-replay-preview' });
  try {
    return await countRows(client, range, partitions);
  } catch (error) {
    throw postgresError(error, 'look for the rows of the replay');
  } finally {
    await closePostgres(client);
  }
}

interface Figures {
  rows: string;
  first: string | null;
  last: string | null;
  earliest: string | null;
  latest: string | null;
  lasts: string | null;
  bytes: string;
}

const NO_ROWS = { rows: 0, ids: null, bytes: 0, timeRange: null, span: null, exact: true };

const spanOf = (from: string | null, to: string | null) =>
  from === null || to === null ? null : { from: Number(from), to: Math.max(Number(from), Number(to)) };

async function countRows(
  client: PgClient,
  range: ScoutRows['range'],
  partitions: number,
): Promise<FoundRows> {
  const choice = { tx: await tableHasTx(client) };
  const snapshot = choice.tx
    ? ((await client.query<{ snapshot: string }>(sql.snapshot())).rows[0]?.snapshot ?? null)
    : null;
  const { created } = range;
  let from = range.ids.from;
  const values = () => [from, range.ids.to, created.from, created.to, snapshot];
  if (range.last !== null) {
    const found = await client.query<{ id: string }>(sql.lastFrom(choice), [...values(), range.last]);
    from = found.rows[0]?.id ?? from;
  }
  const counted = (await client.query<Figures>(sql.figures(choice), values())).rows[0];
  const rows = Number(counted?.rows ?? 0);
  if (counted === undefined || counted.first === null || counted.last === null || rows === 0) {
    const none = Array.from({ length: partitions }, (_, partition) => ({ partition, rows: 0 }));
    return { ...NO_ROWS, snapshot, partitions: none };
  }
  const { earliest, latest, lasts } = counted;
  const begins =
    (await client.query<{ at: string | null }>(sql.begins(choice), values())).rows[0]?.at ?? null;
  const shares = rows <= MAX_IDS ? await sharesOf(client, choice, values(), partitions) : null;
  return {
    rows,
    ids: { from: counted.first, to: counted.last },
    bytes: Number(counted.bytes) + rows * EVENT_FRAME_BYTES,
    timeRange: spanOf(earliest, latest),
    span: spanOf(begins, lasts),
    snapshot,
    partitions: Array.from({ length: partitions }, (_, partition) => ({
      partition,
      rows: shares === null ? Math.round(rows / partitions) : (shares[partition] ?? 0),
    })),
    exact: shares !== null,
  };
}

/** How many rows go to each partition, by the key's hash. */
async function sharesOf(
  client: PgClient,
  choice: sql.RowChoice,
  values: readonly (string | null)[],
  partitions: number,
): Promise<number[]> {
  const shares = Array.from({ length: partitions }, () => 0);
  for (let [from, ...rest] = values; ; ) {
    const { rows } = await client.query<{ id: string }>(sql.ids(choice), [from, ...rest, ID_PAGE]);
    for (const { id } of rows) {
      const partition = partitionOf(id, partitions);
      shares[partition] = (shares[partition] ?? 0) + 1;
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < ID_PAGE) return shares;
    from = (BigInt(last.id) + 1n).toString();
    await breathe();
  }
}
