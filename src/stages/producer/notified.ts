// Wakes the polling by LISTEN/NOTIFY where the connection and the table allow it. A notification is a hint and may be
// lost: the look at the table stays the source of truth.
import type { PgClient } from '../../clients/postgres.ts';
import * as sql from './capture.sql.ts';
import type { PollPace } from './poll-pace.ts';

/** Whoever says NOTIFY livedb wakes the producer; with a trigger of that name on the table it may sleep longer. */
export async function listen(client: PgClient, pace: PollPace): Promise<void> {
  await client.query(sql.listenToRows());
  client.on('notification', () => pace.wake());
  const { rows } = await client.query<{ notifies: boolean }>(sql.rowsNotify());
  pace.notified = rows[0]?.notifies === true;
}
