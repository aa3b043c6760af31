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
import { ProducerConfig, type ProducerReport } from '../../shared/link.ts';
import { type Lag, measureLag, NO_LAG } from './lag.ts';
import { runLine } from './line.ts';
import type { CapturePosition } from './position.ts';
import { openSession, type Session, type SessionNews } from './session.ts';

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
  #measuring = false;
  /** Epoch ms of the last acknowledgement, or of the capture that began to wait for one. */
  #movedAt = 0;
  #silent = new Set<'postgres' | 'kafka'>();
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
  }

  async drain(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
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
    const session = await openSession(this.#config, this.#log, this.#news(), this.#stop.signal);
    let measuring: NodeJS.Timeout | null = null;
    try {
      onOpen();
      this.#silent.clear();
      this.#measuring = false;
      this.#link.waiting(null);
      this.#cursor = session.capture.cursor;
      this.#position = session.start.capture;
      this.#published = session.start.published;
      this.#captured = session.start.published;
      this.#report();
      measuring = setInterval(() => void this.#measure(session), LAG_INTERVAL_MS);
      await runLine(session, this.#config.kafka.topic, this.#hooks(), this.#stop.signal);
    } finally {
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
      published: (rows, position) => {
        this.#published += rows;
        this.#movedAt = Date.now();
        this.#position = position;
        this.#report();
      },
      caughtUp: () => {
        // What is held back by an open transaction is still behind: the next measure says how much.
        if (this.#lag.heldBackBy !== null || this.#lag.lag.rows === 0) return;
        this.#lag = NO_LAG;
        this.#report();
      },
      withoutMoment: (id, text) => {
        this.#once(
          'no-moment',
          'warning',
          `Row ${id} has no usable created_at`,
          `Its value is ${text ?? 'NULL'}; the event carries the moment of its capture.`,
          'Give the rows a finite created_at.',
        );
      },
    };
  }

  async #measure(session: Session): Promise<void> {
    // Kafka's silence: what was captured waits for its acknowledgement.
    const unacknowledged = this.#captured > this.#published && Date.now() - this.#movedAt > SILENCE_SAID_MS;
    this.#tellSilence('kafka', unacknowledged);
    if (this.#position === null || this.#measuring) return;
    this.#measuring = true;
    try {
      this.#lag = await tellingSilence(measureLag(session.keeper, this.#position), {
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

  #report(): void {
    this.#link.report(() => ({
      at: Date.now(),
      captured: this.#captured,
      events: this.#published,
      ...this.#lag,
      cursor: this.#cursor,
      position: this.#position === null ? null : { lastId: this.#position.id, lastTx: this.#position.tx },
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
