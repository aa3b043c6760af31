// Keeps the server's log at hand for the capture, in the background: decides whether it may be followed, makes the slot
// (which waits for open transactions), follows it, and starts anew when the stream ends or the slot is gone. The capture
// goes on by polling meanwhile: from the table itself nothing is ever missing.
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '../../clients/log.ts';
import { closePostgres, connectPostgres, dropConnection, type PgClient } from '../../clients/postgres.ts';
import { isConnectionLoss, postgresError, sqlStateOf } from '../../clients/postgres-errors.ts';
import { SLOT_LOST } from '../../shared/capture.ts';
import { LiveDbError } from '../../shared/errors.ts';
import type { PostgresEndpoint } from '../../shared/link.ts';
import type { CaptureSetting } from '../../shared/settings.ts';
import { type Changes, LogQueue } from './log-queue.ts';
import {
  createPublication,
  createSlot,
  dropPublication,
  dropSlot,
  publicationState,
  slotState,
  whyNoLog,
} from './log-slot.ts';
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
  /** While it is the same, the log tells of every row (log-slot.ts). */
  publication: string;
}

/** Of a slot that stands, more than this is not read again: a new one begins past it. */
const MOST_READ_AGAIN_BYTES = 4 * 1024 * 1024;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 5_000;
/** Where the server does not allow it: a person may have changed that. */
const LOOK_AGAIN_MS = 60_000;
/** A log that was followed for so long makes the failures before it history. */
const STEADY_MS = 10_000;
/** A reader of a killed producer goes by itself within moments; after that it is ended. */
const READER_PATIENCE = 3;
const CLOSE_PATIENCE_MS = 1_000;
const MOST_DROP_TRIES = 50;
const OBJECT_IN_USE = '55006';

export class LogSource {
  #options: LogSourceOptions;
  #setting: CaptureSetting;
  #known: boolean;
  #stop = new AbortController();
  /** Fires when what was decided may be different now; whoever fires it has set the fields that say how. */
  #change = new AbortController();
  #following: Following | null = null;
  #end: ((error: LiveDbError) => void) | null = null;
  #why: string;
  #waitsForYes = false;
  /** The slot that stands has much of the log behind it that the table has given already. */
  #afresh = true;
  /** A new slot was asked for, whatever the one that stands is worth. */
  #anew = false;
  #failures = 0;
  /** Resolves when the table has been read to its end: from there on the log is worth following. */
  #caughtUp = Promise.withResolvers<void>();
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
    this.#leave('catching up from the table first, which is faster');
  }

  /** What the log tells is no longer all that there is: it is given up, slot and all. */
  distrust(reason: string): void {
    this.#following = null;
    this.#end?.(new LiveDbError({ code: 'producer.log-distrusted', message: reason }));
  }

  set(setting: CaptureSetting): void {
    if (setting === this.#setting) return;
    this.#setting = setting;
    this.#waitsForYes = false;
    this.#leave(setting === 'polling' ? 'chosen in the settings' : this.#why);
  }

  /** A person's yes to a new slot after the old one was lost, or to begin anew with a slot that stands. */
  resnapshot(): void {
    this.#waitsForYes = false;
    this.#known = false;
    this.#anew = true;
    this.#leave('the slot is made anew');
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#following = null;
    // A connection that is being made to a silent server cannot be cut; it is closed when it comes.
    await Promise.race([this.#ended, pause(CLOSE_PATIENCE_MS, undefined, { ref: false })]);
  }

  #leave(why: string): void {
    this.#why = why;
    this.#following = null;
    this.#change.abort();
    this.#options.wake();
  }

  async #run(): Promise<void> {
    const { log } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      this.#change = new AbortController();
      const change = AbortSignal.any([signal, this.#change.signal]);
      let waitMs = LOOK_AGAIN_MS;
      try {
        await this.#step(change);
        this.#failures = 0;
      } catch (error) {
        if (change.aborted) continue;
        const why = LiveDbError.dataOf(postgresError(error, "follow the server's log")).message;
        log[why === this.#why ? 'debug' : 'info']({ error }, 'the log is not followed');
        this.#why = why;
        waitMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(this.#failures++, 10));
      }
      await pause(waitMs, undefined, { signal: change }).catch(() => undefined);
      // Who still listens for this change lets go.
      this.#change.abort();
    }
  }

  /** Cut at `signal`: making a slot may wait for hours. The server's end of it is ended with the slot. */
  async #withClient<T>(signal: AbortSignal, work: (client: PgClient) => Promise<T>): Promise<T> {
    const { endpoint, application } = this.#options;
    const client = await connectPostgres(endpoint, {
      applicationName: `${application}-slot`,
      statementTimeoutMs: null,
    });
    const cut = () => void dropConnection(client);
    signal.addEventListener('abort', cut, { once: true });
    try {
      signal.throwIfAborted();
      return await work(client);
    } finally {
      signal.removeEventListener('abort', cut);
      await closePostgres(client);
    }
  }

  /** Brings the log to hand and stays until it ends. Returns when nothing is to be done until something changes. */
  async #step(change: AbortSignal): Promise<void> {
    const { ruledOut } = this.#options;
    if (this.#setting === 'polling') {
      if (ruledOut === null) await this.#withClient(change, (client) => this.#drop(client));
      this.#known = false;
      this.#anew = false;
      this.#why = 'chosen in the settings';
      if (!change.aborted) await once(change, 'abort');
      return;
    }
    if (ruledOut !== null) {
      this.#why = ruledOut;
      return;
    }
    change.throwIfAborted();
    await Promise.race([this.#caughtUp.promise, once(change, 'abort')]);
    change.throwIfAborted();
    const publication = await this.#withClient(change, (client) => this.#prepare(client));
    if (publication !== null) await this.#follow(publication, change);
  }

  /** Throws what the log ended by. */
  async #follow(publication: string, change: AbortSignal): Promise<never> {
    const { name, endpoint, application, changes, near, wake, marked, log } = this.#options;
    const end = Promise.withResolvers<LiveDbError>();
    const queue = new LogQueue({ changes, near, wake, marked, ended: end.resolve });
    const names = { slot: name, publication: name, application: `${application}-log` };
    const stream = await openLogStream(endpoint, names, queue, change).catch(async (error: unknown) => {
      // A slot that cannot be read and is not merely in use is worth nothing: the table holds what it held.
      const worthless = !isConnectionLoss(error) && sqlStateOf(error) !== OBJECT_IN_USE;
      if (worthless && !change.aborted) {
        await this.#lose(`it cannot be read: ${LiveDbError.dataOf(error).message}`);
      }
      throw error;
    });
    const since = performance.now();
    try {
      change.throwIfAborted();
      queue.follow(stream);
      this.#known = true;
      this.#end = end.resolve;
      this.#following = { queue, stream, publication };
      this.#why = this.#setting === 'auto' ? 'the server allows it' : 'chosen in the settings';
      log.info({ slot: name }, 'the log is followed');
      wake();
      const ended = await Promise.race([end.promise, once(change, 'abort').then(() => null)]);
      if (ended === null) throw change.reason;
      if (performance.now() - since > STEADY_MS) this.#failures = 0;
      this.#following = null;
      wake();
      if (!isConnectionLoss(ended)) await this.#lose(ended.data.message);
      throw ended;
    } finally {
      this.#following = null;
      this.#end = null;
      await stream.close();
    }
  }

  /**
   * Publication and slot stand when it is done; gives the publication, null when the log cannot be followed. The log is
   * followed from where the slot stands and never from the log's own end: a transaction whose commit is in the log may not
   * be visible yet, and would be missed by the log and by the walk alike. A slot's own beginning is past all that ran when
   * it was made.
   */
  async #prepare(client: PgClient): Promise<string | null> {
    const { name, onLost } = this.#options;
    const why = await whyNoLog(client, name);
    if (why !== null) {
      this.#why = why;
      return null;
    }
    const state = await slotState(client, name);
    if (this.#known && (state === null || state.lost)) {
      this.#known = false;
      this.#waitsForYes = this.#mustAsk;
      onLost(state === null ? 'it was dropped' : 'the server has thrown its log away', this.#waitsForYes);
    }
    if (this.#waitsForYes) {
      this.#why = SLOT_LOST;
      return null;
    }
    const found = await publicationState(client, name);
    if (state !== null) {
      const tooMuch = this.#afresh && state.retained > MOST_READ_AGAIN_BYTES;
      const stuck = state.pid !== null && this.#failures >= READER_PATIENCE;
      const blind = found === null || !found.older;
      if (state.lost || this.#anew || tooMuch || stuck || blind) await this.#drop(client);
    }
    this.#afresh = false;
    this.#anew = false;
    if ((await publicationState(client, name)) === null) await createPublication(client, name);
    const publication = await publicationState(client, name);
    if (publication === null) throw new Error('the publication was changed while it was made');
    if ((await slotState(client, name)) === null) {
      this.#why = 'the slot is being made; it waits for the transactions that are open';
      await createSlot(client, name);
    }
    return publication.identity;
  }

  /** Asked for by name on somebody's server: making the server keep its log again is theirs to say. */
  get #mustAsk(): boolean {
    return this.#setting === 'logical' && this.#options.endpoint.kind === 'external';
  }

  async #lose(reason: string): Promise<void> {
    const { name, onLost } = this.#options;
    this.#known = false;
    const state = await this.#withClient(this.#stop.signal, async (client) => {
      const before = await slotState(client, name);
      await this.#drop(client);
      return before;
    });
    this.#waitsForYes = this.#mustAsk;
    onLost(state === null ? 'it was dropped' : reason, this.#waitsForYes);
  }

  async #drop(client: PgClient): Promise<void> {
    const { name } = this.#options;
    for (let tries = 0; !(await dropSlot(client, name)); tries++) {
      if (tries >= MOST_DROP_TRIES) throw new Error('the slot is in use by a session that does not end');
      await pause(FIRST_PAUSE_MS, undefined, { signal: this.#stop.signal });
    }
    await dropPublication(client, name);
  }
}
