// Producer replay: rows of the table go to the topic again in mode "replay", beside the live line and without touching
// its place. Called by the replay process (main.ts of this folder); pages by id, so that it never holds many rows.
import { type OutgoingRecord, openPlainProducer } from '../../clients/kafka.ts';
import { closePostgres, connectPostgres } from '../../clients/postgres.ts';
import { postgresError } from '../../clients/postgres-errors.ts';
import { LiveDbError } from '../../shared/errors.ts';
import { EVENT_HEADERS } from '../../shared/event.ts';
import type { ReplayConfig } from '../../shared/link.ts';
import { type CapturedRow, encodeEvent, isoMoment } from '../producer/event-encoding.ts';
import { queryRows } from '../producer/query-rows.ts';
import * as sql from './republish.sql.ts';

/** Small enough that the live line next to it hardly notices, large enough for some 50,000 rows/s. */
const PAGE_ROWS = 2_000;

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

/**
 * Publishes the rows with ids in `config.ids`, lowest first; `progress` is told how many stand in the topic. Ends early,
 * after the page in hand, when `signal` fires. Throws the LiveDbError of the peer that failed: what `progress` was told
 * last is certain, of the page after it some rows may stand there as well.
 */
export async function republish(
  config: ReplayConfig,
  progress: (done: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const { postgres, ids, kafka } = config;
  if (postgres === null || config.request.stage !== 'producer') {
    throw new LiveDbError({
      code: 'bad-request',
      message: 'A producer replay needs a database to read rows from.',
    });
  }
  if (ids === null || signal.aborted) return;
  const client = await connectPostgres(postgres, { applicationName: 'livedb-replay' });
  try {
    const producer = await openPlainProducer(kafka, { clientIdSuffix: 'replay' });
    try {
      const last = BigInt(ids.to);
      let next = BigInt(ids.from);
      for (let done = 0; next <= last && !signal.aborted; ) {
        const values = [next.toString(), ids.to, PAGE_ROWS];
        const rows = await queryRows(client, null, sql.page(), values).catch((error: unknown) => {
          throw postgresError(error, 'read rows for the replay');
        });
        const end = rows.at(-1);
        if (end === undefined) return;
        const now = Date.now();
        await producer.send(kafka.topic, toReplayRecords(rows, config.id, now), now);
        done += rows.length;
        progress(done);
        next = BigInt(end[0]) + 1n;
      }
    } finally {
      await producer.close();
    }
  } finally {
    await closePostgres(client);
  }
}
