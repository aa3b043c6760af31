// One connection that follows the server's log from a slot (streaming replication protocol, PostgreSQL 55.4). It can be
// paused without losing the slot: the server is answered by a timer, not by what is read. log-source.ts opens it.
import type { Socket } from 'node:net';
import { closePostgres, connectPostgres, lostBecause, type PgClient } from '../../clients/postgres.ts';
import { postgresError } from '../../clients/postgres-errors.ts';
import { LiveDbError } from '../../shared/errors.ts';
import type { PostgresEndpoint } from '../../shared/link.ts';
import { LogDecoder, type LogSink } from './log-decoding.ts';

export interface LogStream {
  pause(): void;
  resume(): void;
  /** Everything before this place is durable with us: the server may throw its log away up to there. */
  confirm(lsn: bigint): void;
  /** Asks the server how far it has read; `reached` tells. */
  ask(): void;
  close(): Promise<void>;
}

export interface LogStreamSink extends LogSink {
  /** Bytes that came in one message, already decoded. */
  received(bytes: number): void;
  /** All commits before this place have been told. */
  reached(lsn: bigint): void;
  ended(error: LiveDbError): void;
}

interface ReplicationConnection {
  readonly stream: Socket;
  on(event: 'copyData', listener: (message: { chunk: Buffer }) => void): void;
  once(event: 'replicationStart', listener: () => void): void;
  sendCopyFromChunk(chunk: Buffer): void;
}

const STATUS_INTERVAL_MS = 1_000;
/** A server that has not been heard for this long is asked, and given up after twice as much more. */
const ASK_AFTER_MS = 3_000;
const SILENT_AFTER_MS = 10_000;
const XLOG_DATA = 'w'.charCodeAt(0);
const KEEPALIVE = 'k'.charCodeAt(0);
const STATUS = 'r'.charCodeAt(0);
const EPOCH_2000_MS = 946_684_800_000;
/** From version 18 on pgoutput warns of a publication that is not there, and tells of no row any more; before, it failed. */
const NOT_IN_PREREQUISITE_STATE = '55000';

function statusUpdate(confirmed: bigint, wantsAnswer: boolean): Buffer {
  const status = Buffer.alloc(34);
  status[0] = STATUS;
  for (const at of [1, 9, 17]) status.writeBigUInt64BE(confirmed, at);
  status.writeBigInt64BE(BigInt(Date.now() - EPOCH_2000_MS) * 1_000n, 25);
  status[33] = wantsAnswer ? 1 : 0;
  return status;
}

/**
 * Follows the log from where the slot stands, until `signal` ends it. Resolves when it has begun to send. Throws
 * LiveDbError: `postgres.…`.
 */
export async function openLogStream(
  endpoint: PostgresEndpoint,
  names: { slot: string; publication: string; application: string },
  sink: LogStreamSink,
  signal: AbortSignal,
): Promise<LogStream> {
  const client = await connectPostgres(endpoint, {
    applicationName: names.application,
    statementTimeoutMs: null,
    replication: true,
  });
  const connection = (client as PgClient & { connection: ReplicationConnection }).connection;
  const decoder = new LogDecoder(sink);
  let confirmed = 0n;
  let heardAt = Date.now();
  let paused = false;
  let sending = false;
  let closed: Promise<void> | null = null;

  const close = () => {
    if (closed !== null) return closed;
    clearInterval(timer);
    signal.removeEventListener('abort', close);
    connection.stream.resume();
    closed = closePostgres(client);
    return closed;
  };
  const fail = (error: unknown) => {
    if (closed !== null) return;
    const failure = postgresError(lostBecause(client) ?? error, "follow the server's log");
    void close();
    sink.ended(failure);
  };
  const send = (wantsAnswer: boolean) => {
    if (closed === null && sending) connection.sendCopyFromChunk(statusUpdate(confirmed, wantsAnswer));
  };

  const take = (chunk: Buffer) => {
    heardAt = Date.now();
    if (chunk[0] === XLOG_DATA) {
      decoder.decode(chunk.subarray(25));
      sink.received(chunk.length);
    } else if (chunk[0] === KEEPALIVE) {
      if (chunk[17] === 1) send(false);
      sink.reached(chunk.readBigUInt64BE(1));
    }
  };
  connection.on('copyData', ({ chunk }) => {
    if (closed !== null) return;
    try {
      take(chunk);
    } catch (error) {
      fail(error);
    }
  });

  client.on('notice', (notice) => {
    if (notice.code === NOT_IN_PREREQUISITE_STATE) fail(new Error(notice.message));
  });
  const timer = setInterval(() => {
    const silentMs = paused ? 0 : Date.now() - heardAt;
    if (silentMs <= SILENT_AFTER_MS) return send(silentMs > ASK_AFTER_MS);
    const error = new LiveDbError({
      code: 'postgres.silent',
      message: `The server has sent nothing of its log for ${Math.round(silentMs / 1000)} s.`,
      remedy: 'Nothing to do: LiveDB connects again by itself.',
    });
    fail(error);
  }, STATUS_INTERVAL_MS);

  signal.addEventListener('abort', close, { once: true });
  try {
    signal.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      connection.once('replicationStart', resolve);
      client.once('end', () => {
        const lost = new Error('Connection terminated');
        reject(lost);
        fail(lost);
      });
      client
        .query(
          `START_REPLICATION SLOT "${names.slot}" LOGICAL 0/0 (proto_version '1', publication_names '${names.publication}')`,
        )
        .then(
          () => fail(new Error('Connection terminated')),
          (error: unknown) => {
            reject(error);
            fail(error);
          },
        );
    });
    sending = true;
  } catch (error) {
    await close();
    throw postgresError(error, "follow the server's log");
  }

  return {
    pause() {
      if (paused) return;
      paused = true;
      connection.stream.pause();
    },
    resume() {
      if (!paused) return;
      paused = false;
      heardAt = Date.now();
      connection.stream.resume();
    },
    confirm(lsn) {
      if (lsn > confirmed) confirmed = lsn;
    },
    ask: () => send(true),
    close,
  };
}
