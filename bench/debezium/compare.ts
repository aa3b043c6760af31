// `npm run bench -- debezium [--rows N] [--seconds N]`: LiveDB's producer beside a real Debezium on the same PostgreSQL,
// the same Apache Kafka and the same rows, watched by one consumer that belongs to neither. README.md tells the rules.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Client } from 'pg';
import { openAdmin } from '../../src/clients/kafka.ts';
import { apacheKafkaMissing, startApacheKafka } from '../../test/support/apache-kafka.ts';
import { startControlRoom } from '../../test/support/control-room.ts';
import { type Figure, printTable } from '../figure.ts';
import { Arrivals } from './arrivals.ts';
import { DEBEZIUM_VERSION, type JavaParts, javaParts } from './java-parts.ts';
import { compared } from './ratios.ts';
import { measureBoth, type Plan } from './sequence.ts';
import { debeziumSide, liveDbSide } from './sides.ts';

const LIVEDB_TOPIC = 'db_live_events';
const DEBEZIUM_TOPIC = 'bench_debezium';
const PARTITIONS = 3;
/** It ends by then, whatever hangs. */
const MOST_MS = 235_000;

/** Variables that would point LiveDB elsewhere. */
const ELSEWHERE = /^(DATABASE_URL|DB_|KAFKA_|POLL_INTERVAL_MS$|REPLAY_MODE$)/;

function environment(bootstrap: string): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !ELSEWHERE.test(name));
  return { ...Object.fromEntries(own), KAFKA_BROKER: bootstrap };
}

/** Opens everything, measures, and closes everything in the reverse order, also when `ended` rejects first. */
async function compare(java: JavaParts, plan: Plan, ended: Promise<never>): Promise<Figure[]> {
  await using opened = new AsyncDisposableStack();
  /** Takes charge of what was opened; what came up after the end is closed at once. */
  const own = async <T>(one: T, close: (one: T) => Promise<unknown>): Promise<T> => {
    if (opened.disposed) {
      await close(one);
      throw new Error('It was ended while it started.');
    }
    opened.defer(async () => {
      await close(one);
    });
    return one;
  };
  const openAndMeasure = async () => {
    const folder = mkdtempSync(join(tmpdir(), 'livedb-bench-debezium-'));
    opened.defer(() => rmSync(folder, { recursive: true, force: true }));
    const kafka = await own(await startApacheKafka(), (one) => one.stop());
    const bootstrap = kafka.endpoint.brokers.join(',');
    const admin = openAdmin(kafka.endpoint, { clientIdSuffix: 'bench' });
    await admin.ensureTopics(
      [LIVEDB_TOPIC, DEBEZIUM_TOPIC].map((name) => ({ name, partitions: PARTITIONS })),
    );
    await admin.close();
    const room = await own(
      await startControlRoom({ args: ['--no-run'], env: environment(bootstrap) }),
      (one) => one.close(),
    );
    await room.execute('service.start', { service: 'postgres' });
    const { services } = await room.until(
      'services running',
      (s) => s.services.postgres.state === 'running' && s.services.kafka.state === 'running',
      60_000,
    );
    const postgresUrl = services.postgres.url ?? '';
    const client = await own(new Client({ connectionString: postgresUrl }), (one) => one.end());
    await client.connect();
    const topics = [LIVEDB_TOPIC, DEBEZIUM_TOPIC];
    const witness = await own(await Arrivals.open(java, bootstrap, topics), (one) => one.close());
    const debezium = debeziumSide(java, { postgresUrl, bootstrap, topic: DEBEZIUM_TOPIC, folder }, client);
    await own(debezium, (one) => one.stop());
    const both = await measureBoth(
      { client, witness, debezium, livedb: liveDbSide(room, LIVEDB_TOPIC) },
      plan,
    );
    return compared(both.livedb, both.debezium);
  };
  return await Promise.race([openAndMeasure(), ended]);
}

/** Rejects when a person interrupts, or when the time is up. */
function untilEnded(): Promise<never> {
  return new Promise((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => reject(new Error(`Interrupted by ${signal}.`)));
    setTimeout(
      () => reject(new Error(`The comparison was not through after ${MOST_MS / 1000} s.`)),
      MOST_MS,
    ).unref();
  });
}

function planOf(args: readonly string[]): Plan {
  const { values } = parseArgs({
    args: [...args],
    options: { rows: { type: 'string', default: '500000' }, seconds: { type: 'string', default: '15' } },
  });
  const plan = { rows: Number(values.rows), liveMs: Number(values.seconds) * 1000 };
  if (!(Number.isInteger(plan.rows) && plan.rows > 0 && plan.liveMs > 0))
    throw new Error('--rows takes a whole number above 0, --seconds a number above 0.');
  return plan;
}

function keep(figures: readonly Figure[], plan: Plan, loadBefore: number[]): void {
  const folder = join(import.meta.dirname, '..', 'results');
  mkdirSync(folder, { recursive: true });
  const result = {
    at: new Date().toISOString(),
    debezium: DEBEZIUM_VERSION,
    plan,
    machine: {
      cpu: cpus()[0]?.model ?? 'unknown',
      cores: cpus().length,
      loadBefore,
      loadAfter: loadavg(),
    },
    figures,
  };
  writeFileSync(join(folder, 'debezium.json'), `${JSON.stringify(result, null, 2)}\n`);
}

export async function runDebezium(args: readonly string[]): Promise<void> {
  try {
    const plan = planOf(args);
    const missing = await apacheKafkaMissing();
    const java = missing === null ? await javaParts() : { missing };
    if ('missing' in java) {
      process.stderr.write(`The comparison with Debezium cannot be made here: ${java.missing}.\n`);
      process.exitCode = 1;
      return;
    }
    const loadBefore = loadavg();
    const figures = await compare(java, plan, untilEnded());
    printTable(figures);
    keep(figures, plan, loadBefore);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
