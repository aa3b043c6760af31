// The port of the capture: gives committed rows once each and in a repeatable order, with the place after them.
// Behind it stand the server's log and a cursor by transaction (table-capture.ts), or a cursor by id (id-capture.ts).
import type { PgClient } from '../../clients/postgres.ts';
import { LiveDbError } from '../../shared/errors.ts';
import type { CaptureSetting } from '../../shared/settings.ts';
import * as sql from './capture.sql.ts';
import type { CapturedRow } from './event-encoding.ts';
import type { CapturePosition } from './position.ts';

export interface Captured {
  rows: readonly CapturedRow[];
  /** More was there than asked for: look again at once. */
  full: boolean;
  /** Everything that a predecessor can have published has been looked at. */
  settled: boolean;
  /** The place after these rows. */
  position: CapturePosition;
  /** The place is worth storing, and small enough to be. */
  save: boolean;
}

/** How rows are captured at this moment. */
export interface CaptureState {
  mode: 'logical' | 'polling';
  why: string;
  /** The replication slot that is kept, or to be made. */
  slot: string | null;
  /** Changes other than inserts that were seen in the log; null where it is not followed. */
  changes: { updates: number; deletes: number; truncates: number } | null;
}

export interface Capture {
  readonly cursor: 'tx' | 'id';
  /** The next rows, at most `limit` of them; moves the capture's own place on. */
  next(limit: number): Promise<Captured>;
  /** Waits until it may be worth looking again. */
  idle(signal: AbortSignal): Promise<void>;
  /** This place is stored. */
  saved(position: CapturePosition): void;
  readonly state: CaptureState;
  /** Takes another way of capturing at the next look. */
  set(setting: CaptureSetting): void;
  /** Begins anew with a slot of the server's log, from the next look on. Throws where there is none. */
  resnapshot(): void;
  close(): Promise<void>;
}

export interface LiveTable {
  cursor: 'tx' | 'id';
  /** Numbers a session takes at a time from the sequence behind id; 1 is safe for the id cursor. */
  sequenceCache: number;
}

const INTEGER_TYPES: ReadonlySet<string> = new Set(['smallint', 'integer', 'bigint']);
const REQUIRED = ['id', 'org', 'amount', 'region', 'created_at'];

/** Looks at the table as it is. Throws `postgres.missing` with what it lacks. */
export async function inspectTable(client: PgClient): Promise<LiveTable> {
  const { rows } = await client.query<{ name: string; type: string }>(sql.describeTable());
  const types = new Map(rows.map(({ name, type }) => [name, type]));
  const lacking = REQUIRED.filter((name) => !types.has(name));
  if (lacking.length > 0) {
    throw new LiveDbError({
      code: 'postgres.missing',
      message:
        types.size === 0
          ? 'The database has no table "livedb".'
          : `Table "livedb" lacks the columns ${lacking.join(', ')}.`,
      remedy: 'Let LiveDB add what is missing (it shows the SQL first), or create it yourself.',
    });
  }
  if (!INTEGER_TYPES.has(types.get('id') ?? '')) {
    throw new LiveDbError({
      code: 'final.table-shape',
      message: `Column "id" of table "livedb" is ${types.get('id')}; the capture needs a whole number.`,
      remedy: 'Give the table an integer or bigint id.',
    });
  }
  if (types.get('tx') === 'xid8') return { cursor: 'tx', sequenceCache: 1 };
  const cache = await client.query<{ cache: string }>(sql.sequenceCache());
  return { cursor: 'id', sequenceCache: Number(cache.rows[0]?.cache ?? 1) };
}
