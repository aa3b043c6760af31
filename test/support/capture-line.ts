// A table, a broker and producers between them, run from source: what the tests of the capture stand on.
import { expect } from 'vitest';
import type {
  KafkaEndpoint,
  PostgresEndpoint,
  PostgresReady,
  ProducerReport,
} from '../../src/shared/link.ts';
import type { CaptureSetting } from '../../src/shared/settings.ts';
import { ChildProgram } from './child-program.ts';
import { makeDataFolder } from './data-folder.ts';
import { compareTableAndTopic, sql } from './witness.ts';

export type Producer = ChildProgram<ProducerReport>;

export class CaptureLine {
  readonly folder = makeDataFolder('capture');
  readonly #postgres = new ChildProgram<never>('postgres');
  readonly #broker = new ChildProgram<never>('broker');
  readonly #producers: Producer[] = [];
  #topics = 0;
  #own: PostgresEndpoint | null = null;
  #table: PostgresEndpoint | null = null;
  #kafka: KafkaEndpoint | null = null;

  async start(): Promise<void> {
    const place = { dataDir: this.folder.dataDir, logDir: this.folder.logDir, port: null };
    const starting = this.#broker.start<{ host: string; port: number }>(place);
    this.#own = (await this.#postgres.start<PostgresReady>(place)).endpoint;
    const { host, port } = await starting;
    this.#kafka = {
      kind: 'embedded',
      brokers: [`${host}:${port}`],
      clientId: 'livedb-test',
      topic: '',
      resultsTopic: 'db_live_results',
      ssl: false,
      sasl: null,
    };
  }

  async stop(): Promise<void> {
    await this.killProducers();
    await this.#broker.drain();
    await this.#postgres.drain();
    this.folder[Symbol.dispose]();
  }

  async killProducers(): Promise<void> {
    for (const producer of this.#producers.splice(0)) if (producer.exit === null) await producer.kill();
  }

  /** An empty table, of the embedded server or of another that has one, and a topic that nobody has written to. */
  async fresh(table: PostgresEndpoint | null = null): Promise<void> {
    this.#table = table ?? this.#own;
    this.#kafka = { ...this.kafka, topic: `db_live_events_${++this.#topics}` };
    await this.sql('TRUNCATE livedb RESTART IDENTITY');
  }

  get kafka(): KafkaEndpoint {
    if (this.#kafka === null) throw new Error('not started');
    return this.#kafka;
  }

  get bootstrap(): string {
    return this.kafka.brokers[0] ?? '';
  }

  get url(): string {
    const at = this.#table;
    if (at === null) throw new Error('not started');
    return `postgres://${at.user}:${encodeURIComponent(at.password)}@${at.host}:${at.port}/${at.database}`;
  }

  sql(query: string): Promise<string[][]> {
    return sql(this.url, query);
  }

  config(capture: CaptureSetting) {
    return {
      dataDir: this.folder.dataDir,
      logDir: this.folder.logDir,
      postgres: this.#table,
      kafka: this.kafka,
      settings: { capture, batchSize: 300, pollIntervalMs: 5 },
    };
  }

  configure(producer: Producer, capture: CaptureSetting): void {
    producer.configure(this.config(capture));
  }

  async startProducer(capture: CaptureSetting): Promise<Producer> {
    const producer: Producer = new ChildProgram<ProducerReport>('stages/producer');
    this.#producers.push(producer);
    await producer.start(this.config(capture));
    return producer;
  }

  slots(): Promise<string[][]> {
    return this.sql(`SELECT slot_name FROM pg_replication_slots WHERE slot_name LIKE 'livedb%'`);
  }

  publications(): Promise<string[][]> {
    return this.sql(`SELECT pubname FROM pg_publication WHERE pubname LIKE 'livedb%'`);
  }

  async expectExactlyOnce(rows: number): Promise<void> {
    const compared = await compareTableAndTopic(this.url, this.bootstrap, this.kafka.topic);
    expect(compared).toMatchObject({ rows, events: rows, lost: [], doubled: [], strange: 0 });
  }
}

export const insert = (rows: number) =>
  `INSERT INTO livedb (org, amount, region) SELECT 'alpha-cloud', i % 1000 + 0.5, 'us-east-1' FROM generate_series(1, ${rows}) i`;

export const inMode = (producer: Producer, mode: 'logical' | 'polling') =>
  producer.until(() => producer.lastReport?.capture.mode === mode, `capture by ${mode}`, 40_000);

export const published = (producer: Producer, rows: number) =>
  producer.until(() => (producer.lastReport?.events ?? -1) >= rows, `${rows} events published`, 60_000);
