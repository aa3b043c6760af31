// Re-publish: rows of the table go to the topic again in mode "replay", each once for a replay whatever is killed, beside
// the live line and without touching its place. Run by main.ts of this folder; pages by id, so that it holds few rows.
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type EventProducer,
  kafkaPassesByItself,
  type OutgoingRecord,
  openAdmin,
  openFencedProducer,
  openReader,
} from '../../clients/kafka.ts';
import type { Logger } from '../../clients/log.ts';
import { closePostgres, connectPostgres, type PgClient } from '../../clients/postgres.ts';
import { passesByItself, postgresError } from '../../clients/postgres-errors.ts';
import { retrying } from '../../clients/retrying.ts';
import { LiveDbError } from '../../shared/errors.ts';
import { EVENT_HEADERS } from '../../shared/event.ts';
import type { PostgresEndpoint } from '../../shared/link.ts';
import type { ReplayConfig } from '../../shared/replay-link.ts';
import type { Pace } from '../processor/pace.ts';
import { type CapturedRow, encodeEvent, isoMoment } from '../producer/event-encoding.ts';
import { queryRows } from '../producer/query-rows.ts';
import { placeFile, type RepublishPlace, readPlace, removePlace, writePlace } from './republish-place.ts';
import * as sql from './rows.sql.ts';

/** Small enough that the live line next to it hardly notices, large enough for some 50,000 rows/s. */
const PAGE_ROWS = 2_000;
/** Between two pages at full speed, so that broker and live line have their turn, ms. */
const COURTESY_MS = 2;
const SAVE_MS = 200;
/** Clocks of producers and of this process agree to this, ms. */
const CLOCKS_MS = 10_000;
const REPLAY_HEADER = Buffer.from(EVENT_HEADERS.replayId);

export interface RepublishOutlet {
  /** How many rows stand in the topic, the last id among them, and up to which created_at it is (epoch ms). */
  progress(done: number, lastId: string | null, now: number): void;
  waiting(reason: string | null): void;
}

/**
 * Publishes the rows of `config.ids`, lowest first. Ends after what is in hand when `signal` fires. A peer that is away is
 * waited for; throws the LiveDbError of a failure that does not pass.
 */
export async function republish(
  config: ReplayConfig,
  outlet: RepublishOutlet,
  pace: Pace,
  signal: AbortSignal,
  log: Logger | null,
): Promise<void> {
  const { postgres, ids } = config;
  if (postgres === null) {
    throw new LiveDbError({
      code: 'bad-request',
      message: 'A re-publish needs a database to read rows from.',
    });
  }
  if (ids === null) return;
  const file = placeFile(config.dataDir, config.id);
  await retrying(() => once({ config, postgres, ids, file, outlet, pace, signal, log }), {
    signal,
    passes: (error) =>
      kafkaPassesByItself(error) ||
      passesByItself(error) ||
      LiveDbError.dataOf(error).code === 'kafka.sequence-lost',
    onWaiting: (reason) => outlet.waiting(reason),
  });
  // Ended early: a later process may go on from it.
  if (!signal.aborted) await removePlace(file);
}

interface Work {
  config: ReplayConfig;
  postgres: PostgresEndpoint;
  ids: { from: string; to: string };
  file: string;
  outlet: RepublishOutlet;
  pace: Pace;
  signal: AbortSignal;
  log: Logger | null;
}

/** From the last place to the end, or to the first failure: what that left behind is found by the next attempt. */
async function once(work: Work): Promise<void> {
  const { config, log } = work;
  const { kafka } = config;
  const client = await connectPostgres(work.postgres, { applicationName: 'livedb-replay' });
  try {
    // Fences off the predecessor, so that nothing of it comes in behind the reading of the topic.
    const producer = await openFencedProducer(kafka, `livedb-replay-${config.id}`, [kafka.topic], {
      clientIdSuffix: 'replay',
      log,
    });
    try {
      const standing = await whatStands(work);
      work.outlet.waiting(null);
      await publishFrom(work, client, producer, standing);
    } finally {
      await producer.close();
    }
  } finally {
    await closePostgres(client);
  }
}

interface Standing {
  /** The saved place, or that of the beginning. */
  place: RepublishPlace;
  /** Ids at or behind it that stand in the topic all the same. */
  published: Set<string>;
  /** Where the topic ends now. */
  ends: Record<string, number>;
}

async function whatStands(work: Work): Promise<Standing> {
  const { config, ids, file, signal, log } = work;
  const { topic } = config.kafka;
  const saved = await readPlace(file);
  const admin = openAdmin(config.kafka, { clientIdSuffix: 'replay-admin', log });
  const offsets = await admin.offsets(topic);
  const begun = saved === null ? await admin.offsetsByTime(topic, config.fixedAt - CLOCKS_MS) : null;
  await admin.close();
  const from = new Map<number, number>();
  const starts = new Map<number, number>();
  const ends = new Map<number, number>();
  for (const { partition, low, high } of offsets) {
    const start = saved?.offsets[String(partition)] ?? begun?.get(partition) ?? low;
    ends.set(partition, high);
    starts.set(partition, Math.min(high, Math.max(low, start)));
    if (start < high) from.set(partition, Math.max(low, start));
  }
  const published = new Set<string>();
  const first = BigInt(saved?.next ?? ids.from);
  if (from.size > 0) {
    const reader = openReader(config.kafka, topic, from, {
      clientIdSuffix: 'replay-tail',
      log,
      maxWaitMs: 100,
    });
    try {
      const behind = () =>
        [...from.keys()].some((one) => (reader.offsets.get(one) ?? 0) < (ends.get(one) ?? 0));
      while (behind()) {
        signal.throwIfAborted();
        for (const fetched of await reader.poll()) {
          const cursor = fetched.records(ends.get(fetched.partition));
          while (cursor.next()) {
            if (cursor.header(REPLAY_HEADER) !== config.id) continue;
            const key = cursor.key();
            if (key !== null && BigInt(key) >= first) published.add(key);
          }
        }
      }
    } finally {
      await reader.close();
    }
  }
  const place = {
    next: saved?.next ?? ids.from,
    done: saved?.done ?? 0,
    offsets: Object.fromEntries(starts),
  };
  if (saved === null) await writePlace(file, place);
  return { place, published, ends: Object.fromEntries(ends) };
}

async function publishFrom(
  work: Work,
  client: PgClient,
  producer: EventProducer,
  { place, published, ends }: Standing,
): Promise<void> {
  const { config, ids, pace, outlet, signal } = work;
  const tx = await tableHasTx(client);
  const snapshot = tx ? config.snapshot : null;
  const last = BigInt(ids.to);
  let next = BigInt(place.next);
  let { done } = place;
  let now = config.span?.from ?? config.fixedAt;
  const offsets = { ...ends };
  let savedAt = performance.now();
  const save = async () => {
    savedAt = performance.now();
    // What an earlier attempt left in the topic lies before its end now: it is looked for until its rows are passed.
    const from = published.size === 0 ? offsets : place.offsets;
    await writePlace(work.file, { next: next.toString(), done, offsets: { ...from } });
  };
  const through = (row: CapturedRow) => {
    published.delete(row[0]);
    next = BigInt(row[0]) + 1n;
    done++;
  };
  while (next <= last && !signal.aborted) {
    const { from, to } = config.created;
    const values = [next.toString(), ids.to, from, to, snapshot, PAGE_ROWS];
    const rows = await queryRows(client, null, sql.page({ tx }), values).catch((error: unknown) => {
      throw postgresError(error, 'read rows for the replay');
    });
    if (rows.length === 0) break;
    for (let at = 0; at < rows.length && !signal.aborted; ) {
      await pace.whilePaused(signal);
      const limit = pace.limit(now);
      const due: CapturedRow[] = [];
      let taken = 0;
      for (const row of rows.slice(at)) {
        const created = momentOf(row, config.fixedAt);
        if (created !== null && created > limit) break;
        if (created !== null && created > now) now = created;
        taken++;
        if (!published.has(row[0])) due.push(row);
      }
      if (taken === 0) {
        await pace.rest(signal);
        continue;
      }
      if (due.length > 0) {
        const wall = Date.now();
        const written = await producer.send(config.kafka.topic, toReplayRecords(due, config.id, wall), wall);
        for (const [partition, end] of written) offsets[String(partition)] = end;
      }
      for (const row of rows.slice(at, at + taken)) through(row);
      at += taken;
      outlet.progress(done, (next - 1n).toString(), now);
      if (performance.now() - savedAt >= SAVE_MS) await save();
    }
    await sleep(COURTESY_MS);
  }
  await save();
}

export async function tableHasTx(client: PgClient): Promise<boolean> {
  const { rows } = await client.query<{ tx: boolean }>(sql.hasTx()).catch((error: unknown) => {
    throw postgresError(error, 'look at the table');
  });
  return rows[0]?.tx ?? false;
}

/** A row dated after the replay was asked for does not hold the others up. */
function momentOf(row: CapturedRow, until: number): number | null {
  const iso = isoMoment(row[4]);
  if (iso === null) return null;
  const at = Date.parse(iso);
  return at <= until ? at : null;
}

function* toReplayRecords(
  rows: readonly CapturedRow[],
  replayId: string,
  nowMs: number,
): Generator<OutgoingRecord> {
  const shared = [
    { name: EVENT_HEADERS.capturedAt, value: String(nowMs) },
    { name: EVENT_HEADERS.replayId, value: replayId },
  ];
  for (const row of rows) {
    const createdAt = isoMoment(row[4]) ?? new Date(nowMs).toISOString();
    yield { key: row[0], value: encodeEvent(row, createdAt, 'replay'), headers: shared };
  }
}
