// The writer at work: waits for the next burst, commits it with its place, waits for PostgreSQL while that is away, and
// takes new settings, seeds and addresses between two bursts. Made by main.ts.
import { join } from 'node:path';
import type { ChildLink } from '../../clients/link.ts';
import {
  addressOf,
  closePostgres,
  connectPostgres,
  dropConnection,
  lostBecause,
  type PgClient,
} from '../../clients/postgres.ts';
import { passesByItself, postgresError } from '../../clients/postgres-errors.ts';
import { retrying, retryPauseMs } from '../../clients/retrying.ts';
import { silenceOf, tellingSilence } from '../../clients/silence.ts';
import type { PostgresEndpoint, WriterConfig, WriterReport } from '../../shared/link.ts';
import type { Place, SeedCycle } from './cycle.ts';
import { FilePlace } from './file-place.ts';
import { OwnPlace } from './own-place.ts';
import { changePace, type Schedule, startSchedule, takeDue } from './pace.ts';
import type { PlaceKeeper } from './place-keeper.ts';

/** Bursts that are due together go into one transaction up to this size: many small commits cost more than few. */
const ROWS_AT_ONCE = 5_000;
/** Our own server is back within a second or two: no need to be shy. */
const OWN_LONGEST_PAUSE_MS = 250;
const FOREIGN_LONGEST_PAUSE_MS = 2_000;
/** A burst takes milliseconds: a server that is silent for longer is half-dead, and another connection is tried. */
const STATEMENT_TIMEOUT_MS = 10_000;
/** A drain waits this long for the burst in hand; then the connection is cut, which rolls it back. */
const DRAIN_MS = 3_000;

type Link = Pick<ChildLink<WriterReport>, 'report' | 'waiting' | 'incident'>;

const now = () => performance.now();

export class WriterLine {
  readonly #link: Link;
  readonly #dataDir: string;
  readonly #stopping = new AbortController();
  #endpoint: PostgresEndpoint;
  #cycle: SeedCycle;
  #keeper: PlaceKeeper;
  #schedule: Schedule;
  #place: Place | null = null;
  #client: PgClient | null = null;
  /** Bursts in a row that failed. */
  #failures = 0;
  #wake: () => void = () => undefined;
  #ended: Promise<void> = Promise.resolve();

  constructor(config: WriterConfig, cycle: SeedCycle, link: Link) {
    this.#link = link;
    this.#dataDir = config.dataDir;
    this.#endpoint = config.postgres;
    this.#cycle = cycle;
    this.#keeper = this.#keeperFor(config.postgres);
    this.#schedule = startSchedule(config.settings, now());
  }

  /** Works until `stop`; rejects with what waiting cannot mend. */
  run(): Promise<void> {
    this.#ended = this.#work();
    return this.#ended;
  }

  /** Takes effect before the next burst. */
  change(config: WriterConfig, cycle: SeedCycle): void {
    this.#schedule = changePace(this.#schedule, config.settings, now(), Math.random);
    this.#cycle = cycle;
    if (this.#place !== null) this.#place = cycle.resume(this.#place);
    if (!sameEndpoint(config.postgres, this.#endpoint)) {
      this.#endpoint = config.postgres;
      this.#keeper = this.#keeperFor(config.postgres);
      this.#loseConnection();
    }
    this.#wake();
  }

  /** Finishes the burst in hand, writes its place down and closes the connection. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wake();
    const timer = setTimeout(() => this.#loseConnection(), DRAIN_MS);
    await this.#ended;
    clearTimeout(timer);
    await this.#keeper.settle();
    if (this.#client !== null) await closePostgres(this.#client);
  }

  #keeperFor(endpoint: PostgresEndpoint): PlaceKeeper {
    if (endpoint.kind === 'embedded') return new OwnPlace();
    return new FilePlace({
      file: join(this.#dataDir, 'writer', 'place.json'),
      database: `${addressOf(endpoint)}/${endpoint.database}`,
      onDoubt: (cause) =>
        this.#link.incident({
          severity: 'warning',
          code: 'writer.place',
          title: 'The place of the writer is in doubt',
          cause,
          remedy: 'Compare the count of the writer with the table.',
        }),
    });
  }

  async #work(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      if (this.#client === null || lostBecause(this.#client) !== null) {
        if (!(await this.#connect())) return;
        continue;
      }
      const wait = this.#schedule.dueAt - now();
      if (wait > 0) {
        await this.#sleep(wait);
        continue;
      }
      const { rowsPerBurst } = this.#schedule.pace;
      const most = Math.max(1, Math.floor(ROWS_AT_ONCE / rowsPerBurst));
      const { bursts, schedule } = takeDue(this.#schedule, now(), most, Math.random);
      this.#schedule = schedule;
      if (bursts > 0) await this.#burst(this.#client, bursts * rowsPerBurst);
    }
  }

  async #burst(client: PgClient, count: number): Promise<void> {
    const keeper = this.#keeper;
    const cycle = this.#cycle;
    try {
      const from = this.#place ?? cycle.resume(await keeper.load(client));
      const to = cycle.after(from, count);
      const written = await tellingSilence(
        keeper.write(client, cycle, { start: from.position, count }, from, to),
        {
          said: () => this.#link.waiting(silenceOf(`PostgreSQL at ${addressOf(this.#endpoint)}`)),
          over: () => this.#link.waiting(null),
        },
      );
      // The seed or the address may have changed while the burst was on its way.
      this.#place = written && keeper === this.#keeper ? this.#cycle.resume(to) : null;
      this.#failures = 0;
    } catch (error) {
      const failure = postgresError(error, 'insert into the table livedb');
      if (!passesByItself(failure)) throw failure;
      this.#link.waiting(failure.data.message);
      this.#loseConnection();
      // A server that takes connections but no rows (a full disk) is not stormed.
      const pause = retryPauseMs(this.#failures++, FOREIGN_LONGEST_PAUSE_MS, Math.random());
      if (this.#failures > 1) await this.#sleep(pause);
      return;
    }
    this.#link.waiting(null);
    this.#report();
  }

  /** Connects and finds the true place; false when the writer was stopped meanwhile. */
  async #connect(): Promise<boolean> {
    this.#loseConnection();
    const { signal } = this.#stopping;
    try {
      await retrying(() => this.#connectOnce(), {
        signal,
        passes: passesByItself,
        onWaiting: (reason) => this.#link.waiting(reason),
        longestPauseMs: this.#endpoint.kind === 'embedded' ? OWN_LONGEST_PAUSE_MS : FOREIGN_LONGEST_PAUSE_MS,
      });
    } catch (error) {
      if (signal.aborted) return false;
      throw error;
    }
    if (this.#failures <= 1) this.#link.waiting(null);
    this.#report();
    return true;
  }

  async #connectOnce(): Promise<void> {
    const endpoint = this.#endpoint;
    const client = await connectPostgres(endpoint, {
      applicationName: 'livedb-writer',
      statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    });
    try {
      const place = await this.#keeper.load(client);
      if (endpoint !== this.#endpoint) throw new Error('Connection terminated: the address has changed');
      this.#place = this.#cycle.resume(place);
      this.#client = client;
    } catch (error) {
      void dropConnection(client);
      throw postgresError(error, 'find the place of the writer');
    }
  }

  #loseConnection(): void {
    if (this.#client !== null) void dropConnection(this.#client);
    this.#client = null;
    this.#place = null;
  }

  #report(): void {
    const place = this.#place;
    const { file, rows } = this.#cycle;
    if (place === null) return;
    const at = Date.now();
    this.#link.report(() => ({
      at,
      rows: place.rows,
      seed: { file, rows, position: place.position, lap: place.lap },
    }));
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.min(ms, 2_147_483_647));
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function sameEndpoint(a: PostgresEndpoint, b: PostgresEndpoint): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
