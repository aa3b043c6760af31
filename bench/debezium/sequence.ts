// The order of the comparison: warm-up of both, then each side by itself drains the same waiting rows and follows a
// writer at each rate. compare.ts opens what it needs and prints what it gives.
import { loadavg } from 'node:os';
import type { Client } from 'pg';
import type { Arrivals } from './arrivals.ts';
import { type Drained, drained, type Live, live } from './measures.ts';
import { writeBacklog, writePaced } from './rows.ts';
import type { Memory, Side } from './sides.ts';

const WARM_UP_ROWS = 100_000;
const RATES = [1_000, 5_000];
const LIVE_WARM_UP_MS = 4_000;
const ARRIVAL_PATIENCE_MS = 90_000;
const MEMORY_EVERY_MS = 500;

export interface Plan {
  /** Rows that wait for the drain. */
  rows: number;
  /** How long each rate is measured, after its warm-up, ms. */
  liveMs: number;
}

export interface Bench {
  client: Client;
  witness: Arrivals;
  livedb: Side;
  debezium: Side;
}

export interface Measured {
  drain: Drained;
  live: Live[];
}

const say = (text: string) =>
  process.stderr.write(`  ${text} … (load average ${loadavg()[0]?.toFixed(1)})\n`);

async function drain({ witness }: Bench, side: Side, rows: number): Promise<Drained> {
  say(`${side.name}: drain of ${rows} rows`);
  await witness.reset(side.topic);
  const peaks: Record<string, Memory> = {};
  const look = () => {
    for (const [part, { rss, pss }] of Object.entries(side.memory())) {
      const peak = peaks[part] ?? { rss: 0, pss: 0 };
      peaks[part] = { rss: Math.max(peak.rss, rss), pss: Math.max(peak.pss, pss) };
    }
  };
  const startedAt = Date.now() * 1000;
  await side.start();
  const watching = setInterval(look, MEMORY_EVERY_MS);
  try {
    await witness.until(side.topic, rows, ARRIVAL_PATIENCE_MS, side.check);
    look();
  } finally {
    clearInterval(watching);
  }
  return drained(await witness.dump(side.topic), { rows, startedAt, memory: peaks });
}

async function follow(bench: Bench, side: Side, rowsPerSecond: number, ms: number): Promise<Live> {
  const { client, witness } = bench;
  say(`${side.name}: ${rowsPerSecond} rows/s`);
  await witness.reset(side.topic);
  const paced = await writePaced(client, rowsPerSecond, LIVE_WARM_UP_MS + ms);
  const memory = side.memory();
  await witness.until(side.topic, paced.committed.size, ARRIVAL_PATIENCE_MS, side.check);
  const arrivals = await witness.dump(side.topic);
  return live(arrivals, paced, { rowsPerSecond, warmUpMs: LIVE_WARM_UP_MS, memory });
}

async function followAll(bench: Bench, side: Side, { liveMs }: Plan): Promise<Live[]> {
  const found: Live[] = [];
  await side.following();
  for (const rate of RATES) found.push(await follow(bench, side, rate, liveMs));
  return found;
}

/** So that no side meets a cold broker, and both know their place: what is written from now on waits for both. */
async function warmUp({ client, witness, livedb, debezium }: Bench): Promise<void> {
  say(`warm-up of both with ${WARM_UP_ROWS} rows`);
  await Promise.all([livedb.start(), debezium.start()]);
  await writeBacklog(client, WARM_UP_ROWS);
  for (const side of [livedb, debezium])
    await witness.until(side.topic, WARM_UP_ROWS, ARRIVAL_PATIENCE_MS, side.check);
  await Promise.all([livedb.stop(), debezium.stop()]);
}

export async function measureBoth(
  bench: Bench,
  plan: Plan,
): Promise<{ livedb: Measured; debezium: Measured }> {
  const { client, witness, livedb, debezium } = bench;
  await warmUp(bench);
  say(`writing ${plan.rows} rows`);
  await writeBacklog(client, plan.rows);
  await client.query('CHECKPOINT');

  const livedbDrain = await drain(bench, livedb, plan.rows);
  await livedb.stop();
  const debeziumDrain = await drain(bench, debezium, plan.rows);
  // The same engine goes on: its JVM is as warm as it gets.
  const debeziumLive = await followAll(bench, debezium, plan);
  await debezium.stop();

  await witness.reset(livedb.topic);
  await livedb.start();
  const missed = debeziumLive.reduce((sum, one) => sum + one.rows, 0);
  await witness.until(livedb.topic, missed, ARRIVAL_PATIENCE_MS, livedb.check);
  const livedbLive = await followAll(bench, livedb, plan);
  await livedb.stop();
  return {
    livedb: { drain: livedbDrain, live: livedbLive },
    debezium: { drain: debeziumDrain, live: debeziumLive },
  };
}
