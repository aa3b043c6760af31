// The producer stage: captures committed rows and publishes each exactly once in mode "normal". Started by the control
// plane; waits by itself while PostgreSQL or Kafka is away and goes on by itself.
import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { kafkaPassesByItself } from '../../clients/kafka.ts';
import { type ChildLink, type RunningChild, runChild } from '../../clients/link.ts';
import { type Logger, openLog } from '../../clients/log.ts';
import { addressOf, isPooledHost } from '../../clients/postgres.ts';
import { passesByItself, postgresError } from '../../clients/postgres-errors.ts';
import { retryPauseMs } from '../../clients/retrying.ts';
import { SILENCE_SAID_MS, silenceOf, tellingSilence } from '../../clients/silence.ts';
import { LiveDbError } from '../../shared/errors.ts';
import { PRODUCER_CALLS, ProducerConfig, type ProducerReport } from '../../shared/link.ts';
import { type Lag, measureLag, NO_LAG } from './lag.ts';
import { runLine } from './line.ts';
import { slotState } from './log-slot.ts';
import type { CapturePosition } from './position.ts';
import { openSession, type Session, type SessionNews } from './session.ts';
import { TableChanges } from './table-changes.ts';
import { UndatedRows } from './undated.ts';

const LAG_INTERVAL_MS = 1_000;
const LONGEST_PAUSE_MS = 2_000;
/** What only a person can change: starting again would not help. */
const FINAL = /^(final\.|postgres\.(auth|database|tls|rights)$|kafka\.(auth|tls|rights|too-large)$)/;

// A drain makes short-lived rows by the hundred thousand: V8 would let the heap grow fourfold before it looks again.
// Measured over 300,000 rows: 216 MB resident without, 155 MB with, at the same rate.
setFlagsFromString('--heap-growing-percent=40');

class ProducerStage implements RunningChild<ProducerConfig> {
  #config: ProducerConfig;
  #link: ChildLink<ProducerReport>;
  #log: Logger;
  #stop = new AbortController();
  #said = new Set<string>();
  #captured = 0;
  #published = 0;
  #position: CapturePosition | null = null;
  #cursor: 'tx' | 'id' = 'tx';
  #lag: Lag = NO_LAG;
  #lastId: string | null = null;
  #changes = new TableChanges();
  #open: Session | null = null;
  #retainedBytes: number | null = null;
  #measuring = false;
  /** Epoch ms of the last acknowledgement, or of the capture that began to wait for one. */
  #movedAt = 0;
  #silent = new Set<'postgres' | 'kafka'>();
  #undated = new UndatedRows();
  #ended: Promise<void>;

  constructor(config: ProducerConfig, link: ChildLink<ProducerReport>, log: Logger) {
    this.#config = config;
    this.#link = link;
    this.#log = log;
    this.#ended = this.#live();
  }

  configure(config: ProducerConfig): void {
    // Peers do not change while a producer runs; the pace does.
    this.#config = { ...this.#config, settings: config.settings };
    this.#open?.capture.set(config.settings.capture);
  }

  async drain(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
  }

  async call(method: string): Promise<unknown> {
    if (method !== PRODUCER_CALLS.resnapshot) throw new Error(`The producer knows no call "${method}".`);
    if (this.#open === null) {
      throw new LiveDbError({
        code: 'producer.waiting',
        message: 'The producer has no connection to the database at the moment.',
        remedy: 'Repeat it when the producer runs.',
      });
    }
    this.#open.capture.resnapshot();
    return null;
  }

  /** Sessions one after the other until it is told to stop. */
  async #live(): Promise<void> {
    let failures = 0;
    while (!this.#stop.signal.aborted) {
      try {
        await this.#session(() => {
          failures = 0;
        });
      } catch (raw) {
        if (this.#stop.signal.aborted) return;
        const error = raw instanceof LiveDbError ? raw : postgresError(raw, 'go on');
        this.#log.warn({ error: error.data, cause: error.cause }, 'session ended');
        if (!this.#goesOn(error)) {
          this.#link.fatal(error.data, !FINAL.test(error.data.code));
          return;
        }
        // A sequence that was lost or a fence is over once the topic has been read again: nothing to wait for.
        if (passesByItself(error) || kafkaPassesByItself(error)) this.#link.waiting(error.data.message);
        const ms = retryPauseMs(failures++, LONGEST_PAUSE_MS, Math.random());
        await pause(ms, undefined, { signal: this.#stop.signal }).catch(() => undefined);
      }
    }
  }

  #goesOn(error: LiveDbError): boolean {
    const { code } = error.data;
    if (passesByItself(error) || kafkaPassesByItself(error)) return true;
    if (code === 'postgres.missing' || code === 'kafka.sequence-lost' || code === 'kafka.closed') return true;
    // Who fenced us off holds the lock, or will: waiting for it names the other. Without a lock it would be a war.
    return code === 'kafka.fenced' && !isPooledHost(this.#config.postgres);
  }

  async #session(onOpen: () => void): Promise<void> {
    const session = await openSession(
      this.#config,
      () => this.#config.settings,
      this.#log,
      this.#news(),
      this.#stop.signal,
    );
    let measuring: NodeJS.Timeout | null = null;
    try {
      onOpen();
      this.#silent.clear();
      this.#measuring = false;
      this.#link.waiting(null);
      this.#open = session;
      session.capture.set(this.#config.settings.capture);
      this.#changes.reopened();
      this.#cursor = session.capture.cursor;
      this.#position = session.start.capture;
      this.#lastId = session.lastId;
      this.#published = session.start.published;
      this.#captured = session.start.published;
      this.#report();
      measuring = setInterval(() => void this.#measure(session), LAG_INTERVAL_MS);
      await runLine(session, this.#config.kafka.topic, this.#hooks(), this.#stop.signal);
    } finally {
      this.#open = null;
      if (measuring !== null) clearInterval(measuring);
      await session.close();
    }
  }

  #hooks(): Parameters<typeof runLine>[2] {
    return {
      settings: () => this.#config.settings,
      captured: (rows) => {
        if (this.#captured === this.#published) this.#movedAt = Date.now();
        this.#captured += rows;
      },
      published: (rows, position, lastId) => {
        const moved = this.#position?.tx !== position.tx || this.#position.id !== position.id;
        this.#position = position;
        if (rows > 0) {
          this.#published += rows;
          this.#movedAt = Date.now();
          this.#lastId = lastId;
        }
        if (rows > 0 || moved) this.#report();
      },
      caughtUp: () => {
        // What is held back by an open transaction is still behind: the next measure says how much.
        if (this.#lag.heldBackBy !== null || this.#lag.lag.rows === 0) return;
        this.#lag = NO_LAG;
        this.#report();
      },
      undated: (id, createdAt) => this.#undated.add(id, createdAt, Date.now()),
    };
  }

  async #ask(session: Session, position: CapturePosition): Promise<Lag> {
    const { keeper, capture } = session;
    const { state } = capture;
    await this.#changes.look(keeper, state);
    const slot = state.slot === null ? null : await slotState(keeper, state.slot);
    this.#retainedBytes = slot?.retained ?? null;
    return measureLag(keeper, position, this.#lastId ?? position.id, state.mode === 'logical');
  }

  async #measure(session: Session): Promise<void> {
    // Kafka's silence: what was captured waits for its acknowledgement.
    const unacknowledged = this.#captured > this.#published && Date.now() - this.#movedAt > SILENCE_SAID_MS;
    this.#tellSilence('kafka', unacknowledged);
    if (this.#position === null || this.#measuring) return;
    this.#measuring = true;
    try {
      this.#lag = await tellingSilence(this.#ask(session, this.#position), {
        said: () => this.#tellSilence('postgres', true),
        over: () => this.#tellSilence('postgres', false),
      });
      this.#report();
    } catch (error) {
      // The line itself notices a lost connection and says so.
      this.#log.debug({ error }, 'measuring the lag');
    } finally {
      this.#measuring = false;
    }
  }

  #tellSilence(peer: 'postgres' | 'kafka', silent: boolean): void {
    if (silent === this.#silent.has(peer)) return;
    if (silent) this.#silent.add(peer);
    else this.#silent.delete(peer);
    const { postgres, kafka } = this.#config;
    const names = {
      postgres: `PostgreSQL at ${addressOf(postgres)}`,
      kafka: `Kafka at ${kafka.brokers.join(',')}`,
    };
    const [first] = this.#silent;
    this.#link.waiting(first === undefined ? null : silenceOf(names[first]));
  }

  #news(): SessionNews {
    return {
      waiting: (reason) => this.#link.waiting(reason),
      slotLost: (reason, waits) =>
        this.#link.incident({
          severity: waits ? 'warning' : 'info',
          code: 'slot-lost',
          title: 'The replication slot was lost',
          cause: `${reason[0]?.toUpperCase()}${reason.slice(1)}. What it held is taken from the table instead, no row twice; rows that were deleted meanwhile cannot be seen.`,
          remedy: waits
            ? 'Make a new slot (producer.resnapshot), or choose capture by polling.'
            : 'Nothing to do: a new slot is made.',
        }),
      once: (...incident) => this.#once(...incident),
    };
  }

  #once(
    code: string,
    severity: 'info' | 'warning',
    title: string,
    cause: string,
    remedy: string | null,
  ): void {
    // A topic can be lost more than once; the other news does not change while the process lives.
    if (this.#said.has(code) && code !== 'topic-changed') return;
    this.#said.add(code);
    this.#link.incident({ severity, code, title, cause, remedy });
  }

  #captureNow(): ProducerReport['capture'] {
    const state = this.#open?.capture.state;
    return {
      mode: state?.mode ?? 'polling',
      why: state?.why ?? 'no connection to the database',
      slot: state?.slot ?? null,
      retainedBytes: this.#retainedBytes,
      changes: this.#changes.total,
    };
  }

  #report(): void {
    this.#link.report(() => ({
      at: Date.now(),
      captured: this.#captured,
      events: this.#published,
      ...this.#lag,
      cursor: this.#cursor,
      position: this.#position === null ? null : { lastId: this.#position.id, lastTx: this.#position.tx },
      lastId: this.#lastId,
      capture: this.#captureNow(),
      undated: this.#undated.report(),
    }));
  }
}

runChild<ProducerConfig, ProducerReport>({
  name: 'producer',
  config: ProducerConfig,
  start: async (config, link) => {
    const log = await openLog(config.logDir, 'producer');
    return { running: new ProducerStage(config, link, log) };
  },
});
