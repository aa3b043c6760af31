// Debezium's embedded engine as a process: its tuned configuration (explained in README.md), start and stop.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JavaParts } from './java-parts.ts';

export const DEBEZIUM_SLOT = 'bench_debezium';
const STOP_PATIENCE_MS = 8_000;
const JVM = ['-Xms1g', '-Xmx1g', '-XX:+UseParallelGC'];

export interface DebeziumTarget {
  /** The database, with user and password. */
  postgresUrl: string;
  bootstrap: string;
  topic: string;
  /** Its offsets and settings live here, over restarts. */
  folder: string;
}

function engineSettings({ postgresUrl, folder }: DebeziumTarget): Record<string, string> {
  const url = new URL(postgresUrl);
  return {
    name: 'bench',
    'connector.class': 'io.debezium.connector.postgresql.PostgresConnector',
    'topic.prefix': 'bench',
    'database.hostname': url.hostname,
    'database.port': url.port,
    'database.user': decodeURIComponent(url.username),
    'database.password': decodeURIComponent(url.password),
    'database.dbname': url.pathname.slice(1),
    'plugin.name': 'pgoutput',
    'slot.name': DEBEZIUM_SLOT,
    'publication.name': DEBEZIUM_SLOT,
    'publication.autocreate.mode': 'filtered',
    'table.include.list': 'public.livedb',
    'snapshot.mode': 'no_data',
    'decimal.handling.mode': 'string',
    'tombstones.on.delete': 'false',
    'max.batch.size': '8192',
    'max.queue.size': '32768',
    'poll.interval.ms': '10',
    'statistics.metrics.enabled': 'false',
    'offset.storage': 'org.apache.kafka.connect.storage.FileOffsetBackingStore',
    'offset.storage.file.filename': join(folder, 'offsets.dat'),
    'offset.flush.interval.ms': '1000',
    'key.converter.schemas.enable': 'false',
    'value.converter.schemas.enable': 'false',
    transforms: 'unwrap',
    'transforms.unwrap.type': 'io.debezium.transforms.ExtractNewRecordState',
  };
}

const producerSettings = (bootstrap: string): Record<string, string> => ({
  'bootstrap.servers': bootstrap,
  acks: 'all',
  'batch.size': '262144',
  'linger.ms': '0',
  'buffer.memory': '67108864',
});

const asProperties = (settings: Record<string, string>): string =>
  Object.entries(settings)
    .map(([name, value]) => `${name}=${value.replaceAll('\\', '\\\\')}\n`)
    .join('');

export class Debezium {
  readonly #process: ChildProcess;
  #said = '';

  constructor(java: JavaParts, target: DebeziumTarget) {
    const engine = join(target.folder, 'engine.properties');
    const producer = join(target.folder, 'producer.properties');
    writeFileSync(engine, asProperties(engineSettings(target)));
    writeFileSync(producer, asProperties(producerSettings(target.bootstrap)));
    const program = ['-cp', java.classPath, 'DebeziumToKafka', engine, producer, target.topic];
    this.#process = spawn('java', [...JVM, ...program], { stdio: ['pipe', 'ignore', 'pipe'] });
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#said = (this.#said + text).slice(-4_000);
    });
  }

  get pid(): number {
    if (this.#process.pid === undefined) throw new Error('Java could not be started.');
    return this.#process.pid;
  }

  /** Throws, with what it said, once the engine has ended by itself. */
  check(): void {
    const { exitCode, signalCode } = this.#process;
    if (exitCode !== null || signalCode !== null)
      throw new Error(`Debezium ended (${exitCode ?? signalCode}):\n${this.#said}`);
  }

  /** SIGTERM, so that it stores its offsets; killed when it takes too long. */
  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), STOP_PATIENCE_MS);
    await ended;
    clearTimeout(timer);
  }
}
