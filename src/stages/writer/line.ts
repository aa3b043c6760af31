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
import { serverClock } from './burst.sql.ts';
import type { BurstRows } from './burst-rows.ts';
import type { Burst, Place, SeedCycle } from './cycle.ts';
import { type Disorder, disorderOf } from './disorder.ts';
import { Drive } from './drive.ts';
import { FilePlace } from './file-place.ts';
import { OwnPlace } from './own-place.ts';
import type { PlaceKeeper } from './place-keeper.ts';
import { SchedulePlace } from './schedule-place.ts';

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
  readonly #drive: Drive;
  readonly #schedule: SchedulePlace;
  #settings: WriterConfig['settings'];
  #disorder: Disorder | null;
  /** How far the server's clock is ahead of ours, ms; null until it was asked for on this connection. */
  #clockAhead: number | null = null;
  /** Stage of the schedule that was last reported. */
  #toldStage: number | null = null;
  #scheduleLost = false;
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
    this.#settings = config.settings;
    this.#disorder = disorderOf(config.settings.disorder, cycle);
    this.#schedule = new SchedulePlace(join(config.dataDir, 'writer', 'schedule.json'));
    const elapsedMs = this.#schedule.elapsed(config.settings.schedule);
    this.#drive = new Drive(config.settings, now(), Math.random, elapsedMs);
  }

  /** Works until `stop`; rejects with what waiting cannot mend. */
  run(): Promise<void> {
    this.#ended = this.#work();
    return this.#ended;
  }

  /** Takes effect before the next burst. */
  change(config: WriterConfig, cycle: SeedCycle): void {
    const { disorder } = this.#settings;
    this.#settings = config.settings;
    this.#drive.change(config.settings, now());
    if (cycle !== this.#cycle || JSON.stringify(disorder) !== JSON.stringify(config.settings.disorder)) {
      this.#disorder = disorderOf(config.settings.disorder, cycle);
    }
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
    await this.#keepSchedule(true);
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
      const { rows, waitMs } = this.#drive.take(now());
      await this.#keepSchedule();
      if (rows > 0) {
        await this.#burst(this.#client, rows);
        continue;
      }
      if (this.#toldStage !== (this.#drive.turn?.stage ?? null)) this.#report();
      await this.#sleep(waitMs);
    }
  }

  /** `ends`: the last time of this process. */
  async #keepSchedule(ends = false): Promise<void> {
    const { schedule } = this.#settings;
    const elapsedMs = this.#drive.elapsed(now());
    if (!this.#schedule.isDue(schedule, elapsedMs, ends || this.#drive.turn === null)) return;
    try {
      await this.#schedule.keep(schedule, elapsedMs);
    } catch (error) {
      // Rows matter more.
      if (this.#scheduleLost) return;
      this.#scheduleLost = true;
      this.#link.incident({
        severity: 'warning',
        code: 'writer.schedule',
        title: 'The place in the schedule was not written down',
        cause: `${error instanceof Error ? error.message : String(error)}. A writer that starts again begins it anew.`,
      });
    }
  }

  async #rowsOf(client: PgClient, burst: Burst, from: Place): Promise<BurstRows> {
    if (this.#disorder === null) return this.#cycle.burst(burst);
    if (this.#disorder.timed && this.#clockAhead === null) {
      const { rows } = await client.query<{ now: string }>(serverClock());
      this.#clockAhead = Number(rows[0]?.now) - Date.now();
    }
    return this.#disorder.rows(burst, from.rows, Date.now() + (this.#clockAhead ?? 0));
  }

  async #burst(client: PgClient, count: number): Promise<void> {
    const keeper = this.#keeper;
    const cycle = this.#cycle;
    try {
      const from = this.#place ?? cycle.resume(await keeper.load(client));
      const to = cycle.after(from, count);
      const rows = await this.#rowsOf(client, { start: from.position, count }, from);
      const written = await tellingSilence(keeper.write(client, rows, from, to), {
        said: () => this.#link.waiting(silenceOf(`PostgreSQL at ${addressOf(this.#endpoint)}`)),
        over: () => this.#link.waiting(null),
      });
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
    this.#clockAhead = null;
    this.#place = null;
  }

  #report(): void {
    const place = this.#place;
    const { file, rows } = this.#cycle;
    if (place === null) return;
    const at = Date.now();
    const { turn } = this.#drive;
    this.#toldStage = turn?.stage ?? null;
    this.#link.report(() => ({
      at,
      rows: place.rows,
      seed: { file, rows, position: place.position, lap: place.lap },
      turn: turn === null ? null : { ...turn, endsAt: at + Math.max(0, Math.round(turn.endsAt - now())) },
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
