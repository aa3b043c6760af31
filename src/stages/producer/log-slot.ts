// The slot and the publication that the capture from the log needs: whether the server allows them, made, looked at and
// taken away again. log-source.ts calls it.
import { createHash } from 'node:crypto';
import type { PgClient } from '../../clients/postgres.ts';
import { postgresError } from '../../clients/postgres-errors.ts';
import * as sql from './log-slot.sql.ts';

/** Slot and publication have the same name: one of each for each table and data folder. */
export function slotName(table: readonly string[], dataDir: string): string {
  const hash = createHash('sha256')
    .update([...table, dataDir].join('\n'))
    .digest('hex')
    .slice(0, 16);
  return `livedb_${hash}`;
}

interface Rights {
  level: string;
  standby: boolean;
  replication: boolean;
  free: number;
  senders: boolean;
  publishes: boolean;
}

/** Why the log of this server cannot be followed; null when it can. */
export async function whyNoLog(client: PgClient, name: string): Promise<string | null> {
  const { rows } = await client.query<Rights>(sql.logRights(), [name, name]);
  const found = rows[0];
  if (found === undefined) return 'the server says nothing about its log';
  if (found.standby) return 'the server is a standby';
  if (found.level !== 'logical') return `wal_level of the server is ${found.level}, not logical`;
  if (!found.replication) return 'the user lacks the right REPLICATION';
  if (!found.senders) return 'max_wal_senders of the server is 0';
  if (!found.publishes) return 'only the owner of the table may make a publication of it';
  if (found.free <= 0) return 'all replication slots of the server are taken';
  return null;
}

export interface SlotState {
  /** Session that reads from it. */
  pid: number | null;
  /** The server has thrown away the log that it stands for. */
  lost: boolean;
  /** Still waiting for the transactions that ran when it was asked for. */
  unfinished: boolean;
  /** Bytes of log that the server keeps for it. */
  retained: number;
}

export async function slotState(client: PgClient, name: string): Promise<SlotState | null> {
  const { rows } = await client.query<SlotState>(sql.slotState(), [name]);
  return rows[0] ?? null;
}

export interface PublicationState {
  /** The same as before: nobody has touched it in between. */
  identity: string;
  /** It was there before anything that the slot can still tell. */
  older: boolean;
}

/** Null unless it gives every insert into the table whole. */
export async function publicationState(client: PgClient, name: string): Promise<PublicationState | null> {
  const { rows } = await client.query<PublicationState>(sql.publicationState(), [name, name]);
  return rows[0] ?? null;
}

/** The log is read with the catalogue of its own time: a slot older than the publication tells nothing of the table. */
export async function createPublication(client: PgClient, name: string): Promise<void> {
  const { rows } = await client.query<{ identified: boolean }>(sql.hasReplicaIdentity());
  await client.query(sql.createPublication(name, rows[0]?.identified === true));
}

export async function createSlot(client: PgClient, name: string): Promise<void> {
  await client.query(sql.createSlot(), [name]).catch((error: unknown) => {
    throw postgresError(error, 'make a replication slot');
  });
}

/** Ends the slot's reader, if any, and drops it. False while its reader has not gone yet. */
export async function dropSlot(client: PgClient, name: string): Promise<boolean> {
  const state = await slotState(client, name);
  if (state === null) return true;
  if (state.pid !== null) {
    await client.query(sql.endSlotReader(), [name]);
    return false;
  }
  await client.query(sql.dropSlot(), [name]);
  return true;
}

export async function dropPublication(client: PgClient, name: string): Promise<void> {
  await client.query(sql.dropPublication(name));
}
