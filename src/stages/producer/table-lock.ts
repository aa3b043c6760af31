// Only one producer is active per table: a session advisory lock, held as long as its connection lives.
import { setTimeout as pause } from 'node:timers/promises';
import type { PgClient } from '../../clients/postgres.ts';
import * as sql from './capture.sql.ts';

const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 500;

/**
 * Takes the lock, waiting for its holder to end; `onHeld` is told who it is. The server frees the lock of a killed
 * producer as soon as it notices that its connection is gone.
 */
export async function takeTableLock(
  client: PgClient,
  options: { signal: AbortSignal; onHeld(reason: string): void },
): Promise<void> {
  for (let ms = FIRST_PAUSE_MS; ; ms = Math.min(LONGEST_PAUSE_MS, ms * 2)) {
    options.signal.throwIfAborted();
    const { rows } = await client.query<{ locked: boolean }>(sql.tryLock());
    if (rows[0]?.locked === true) return;
    const holder = await client.query<{ pid: number; application: string; client: string }>(sql.lockHolder());
    const found = holder.rows[0];
    if (found !== undefined) {
      options.onHeld(
        `another producer is active on this table: session ${found.pid} of "${found.application}" from ${found.client}`,
      );
    }
    await pause(ms, undefined, { signal: options.signal });
  }
}
