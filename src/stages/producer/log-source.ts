// Keeps the server's log at hand for the capture, in the background: decides whether it may be followed, makes the slot
// (which waits for open transactions), follows it, and starts anew when the stream ends or the slot is gone. The capture
// goes on by polling meanwhile: from the table itself nothing is ever missing.
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '../../clients/log.ts';
import { closePostgres, connectPostgres, dropConnection, type PgClient } from '../../clients/postgres.ts';
import { isConnectionLoss, postgresError, sqlStateOf } from '../../clients/postgres-errors.ts';
import { LiveDbError } from '../../shared/errors.ts';
import type { PostgresEndpoint } from '../../shared/link.ts';
import type { CaptureSetting } from '../../shared/settings.ts';
import { type Changes, LogQueue } from './log-queue.ts';
import { createSlot, dropPublication, dropSlot, ensurePublication, slotState, whyNoLog } from './log-slot.ts';
import { type LogStream, openLogStream } from './log-stream.ts';

export interface LogSourceOptions {
  endpoint: PostgresEndpoint;
  name: string;
  application: string;
  setting: CaptureSetting;
  /** Why the table or the connection rules the log out, whatever the server says; null when they do not. */
  ruledOut: string | null;
  /** The place that was stored says that the log was followed: a slot that is not there has been lost. */
  followedBefore: boolean;
  changes: Changes;
  near(): bigint;
  wake(): void;
  marked(lsn: string): void;
  /** The slot is gone: what it held is taken from the table. */
  onLost(reason: string, waits: boolean): void;
  log: Logger;
}

export interface Following {
  queue: LogQueue;
  stream: LogStream;
}

/** Of a slot that stands, more than this is not read again: a new one begins past it. */
const MOST_READ_AGAIN_BYTES = 4 * 1024 * 1024;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 5_000;
/** A reader of a killed producer goes by itself within moments; after that it is ended. */
const READER_PATIENCE = 3;
const OBJECT_IN_USE = '55006';

export class LogSource {
  #options: LogSourceOptions;
  #setting: CaptureSetting;
  #known: boolean;
  #stop = new AbortController();
  #change = new AbortController();
  #following: Following | null = null;
  #why: string;
  #waitsForYes = false;
  /** The slot that stands has much of the log behind it that the table has given already. */
  #afresh = true;
  /** Resolves when the table has been read to its end: from there on the log is worth following. */
  #caughtUp = Promise.withResolvers<void>();
  #client: PgClient | null = null;
  #ended: Promise<void>;

  constructor(options: LogSourceOptions) {
    this.#options = options;
    this.#setting = options.setting;
    this.#known = options.followedBefore;
    this.#why = 'looking at the server';
    this.#ended = this.#run();
  }

  /** The log at hand; null while there is none. */
  get following(): Following | null {
    return this.#following;
  }

  /** Why the capture is as it is. */
  get why(): string {
    return this.#why;
  }

  get slot(): string | null {
    return this.#setting === 'polling' ? null : this.#options.name;
  }

  /** The table has been read to its end: the log may take over. */
  caughtUp(): void {
    this.#caughtUp.resolve();
  }

  /** More comes than the log can bring: the table is read first, which is faster, and the log from its end then. */
  fellBehind(): void {
    this.#caughtUp = Promise.withResolvers();
    this.#afresh = true;
    this.#why = 'catching up from the table first, which is faster';
    this.#change.abort();
  }

  set(setting: CaptureSetting): void {
    if (setting === this.#setting) return;
    this.#setting = setting;
    this.#waitsForYes = false;
    this.#change.abort();
    // Making a slot may wait for hours; the server's end of it is ended with the slot.
    if (this.#client !== null) void dropConnection(this.#client);
    if (setting === 'polling') void this.#leave();
  }

  /** A person's yes to a new slot after the old one was lost, or to begin anew with a slot that stands. */
  async resnapshot(): Promise<void> {
    this.#waitsForYes = false;
    this.#known = false;
    await this.#leave();
    await this.#withClient((client) => this.#drop(client));
    this.#change.abort();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#change.abort();
    if (this.#client !== null) await dropConnection(this.#client);
    await this.#leave();
    await this.#ended;
  }

  async #leave(): Promise<void> {
    const left = this.#following;
    this.#following = null;
    this.#options.wake();
    await left?.stream.close();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    for (let failures = 0; !signal.aborted; ) {
      this.#change = new AbortController();
      const change = AbortSignal.any([signal, this.#change.signal]);
      let waitMs = LONGEST_PAUSE_MS;
      try {
        const done = await this.#step(failures, change);
        failures = 0;
        if (done) continue;
      } catch (error) {
        if (signal.aborted) break;
        this.#options.log.debug({ error }, 'following the log');
        this.#why = LiveDbError.dataOf(postgresError(error, "follow the server's log")).message;
        waitMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures++, 10));
      }
      await pause(waitMs, undefined, { signal: change }).catch(() => undefined);
    }
  }

  async #withClient<T>(work: (client: PgClient) => Promise<T>): Promise<T> {
    const { endpoint, application } = this.#options;
    // Making a slot waits as long as transactions are open.
    const client = await connectPostgres(endpoint, {
      applicationName: `${application}-slot`,
      statementTimeoutMs: null,
    });
    this.#client = client;
    try {
      return await work(client);
    } finally {
      if (this.#client === client) this.#client = null;
      await closePostgres(client);
    }
  }

  /** Brings the log to hand and stays until it ends. False when nothing is to be done until something changes. */
  async #step(failures: number, change: AbortSignal): Promise<boolean> {
    const { name, ruledOut } = this.#options;
    if (this.#setting === 'polling') {
      if (ruledOut === null) await this.#withClient((client) => this.#drop(client));
      this.#known = false;
      this.#why = 'chosen in the settings';
      return false;
    }
    if (ruledOut !== null) {
      this.#why = ruledOut;
      return false;
    }
    if (!change.aborted) await Promise.race([this.#caughtUp.promise, once(change, 'abort')]);
    if (change.aborted) return true;
    const ready = await this.#withClient((client) => this.#prepare(client, failures, change));
    if (!ready || change.aborted) return change.aborted;
    let end: (error: LiveDbError) => void = () => undefined;
    const ended = new Promise<LiveDbError>((resolve) => {
      end = resolve;
    });
    const { changes, near, wake, marked } = this.#options;
    const queue = new LogQueue({ changes, near, wake, marked, ended: (error) => end(error) });
    const stream = await openLogStream(
      this.#options.endpoint,
      { slot: name, publication: name, application: `${this.#options.application}-log` },
      queue,
    ).catch(async (error: unknown) => {
      // A slot that cannot be read and is not merely in use is worth nothing: the table holds what it held.
      if (!isConnectionLoss(error) && sqlStateOf(error) !== OBJECT_IN_USE) {
        await this.#lose(`it cannot be read: ${LiveDbError.dataOf(error).message}`);
      }
      throw error;
    });
    queue.follow(stream);
    if (change.aborted) {
      await stream.close();
      return true;
    }
    this.#known = true;
    this.#following = { queue, stream };
    this.#why = this.#setting === 'auto' ? 'the server allows it' : 'chosen in the settings';
    wake();
    change.addEventListener('abort', () => end(new LiveDbError({ code: 'changed', message: 'changed' })), {
      once: true,
    });
    const error = await ended;
    await this.#leave();
    await stream.close();
    if (change.aborted) return true;
    if (!isConnectionLoss(error)) {
      await this.#lose(error.data.message);
    }
    throw error;
  }

  /**
   * Publication and slot stand when it is done; false when the log cannot be followed. The log is followed from where the
   * slot stands and never from the log's own end: a transaction whose commit is in the log may not be visible yet, and
   * would be missed by the log and by the walk alike. A slot's own beginning is past all that ran when it was made.
   */
  async #prepare(client: PgClient, failures: number, change: AbortSignal): Promise<boolean> {
    const { name, onLost } = this.#options;
    const why = await whyNoLog(client, name);
    if (why !== null) {
      this.#why = why;
      return false;
    }
    const state = await slotState(client, name);
    if (this.#known && (state === null || state.lost)) {
      this.#known = false;
      // Asked for by name on somebody's server: making the server keep its log again is theirs to say.
      this.#waitsForYes = this.#setting === 'logical' && this.#options.endpoint.kind === 'external';
      onLost(state === null ? 'it was dropped' : 'the server has thrown its log away', this.#waitsForYes);
    }
    if (this.#waitsForYes) {
      this.#why = 'the slot was lost: make a new one (producer.resnapshot), or choose polling';
      return false;
    }
    if (state?.lost === true) await this.#drop(client);
    else if (this.#afresh && state !== null && state.retained > MOST_READ_AGAIN_BYTES)
      await this.#drop(client);
    this.#afresh = false;
    if (state !== null && state.pid !== null && failures >= READER_PATIENCE) await this.#drop(client);
    const made = await ensurePublication(client, name);
    if (made && state !== null && !state.lost) {
      // The log before the publication cannot be read with it.
      await this.#drop(client);
    }
    if (change.aborted) return false;
    if ((await slotState(client, name)) === null) {
      this.#why = 'the slot is being made; it waits for the transactions that are open';
      await createSlot(client, name);
    }
    return true;
  }

  async #lose(reason: string): Promise<void> {
    const { name, onLost } = this.#options;
    this.#known = false;
    const state = await this.#withClient(async (client) => {
      const before = await slotState(client, name);
      await this.#drop(client);
      return before;
    });
    this.#waitsForYes = this.#setting === 'logical' && this.#options.endpoint.kind === 'external';
    onLost(state === null ? 'it was dropped' : reason, this.#waitsForYes);
  }

  async #drop(client: PgClient): Promise<void> {
    const { name } = this.#options;
    for (let tries = 0; tries < 50; tries++) {
      if (await dropSlot(client, name)) break;
      await pause(FIRST_PAUSE_MS, undefined, { signal: this.#stop.signal });
    }
    await dropPublication(client, name);
  }
}
