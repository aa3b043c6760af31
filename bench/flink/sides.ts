// The two sides on one topic: LiveDB's processor as the child it is, and a Flink job. Each is measured in the same way:
// events read between the first look that sees any and the one that sees all.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { KafkaEndpoint, ProcessorReport } from '../../src/shared/link.ts';
import type { QuerySpec } from '../../src/shared/query.ts';
import { queryStatements } from '../../src/shared/query-sql.ts';
import { ChildProgram } from '../../test/support/child-program.ts';
import { processTree } from '../processes.ts';
import type { Flink } from './cluster.ts';

const LOOK_MS = 50;
const MOST_MS = 180_000;

export interface Drain {
  /** Events each second between the first and the last. */
  rate: number;
  seconds: number;
  cpuSeconds: number;
  /** The most that its processes held together, MB. */
  rssMb: number;
  /** Longest time that events waited for a checkpoint, ms; null where it is not told. */
  stallMs: number | null;
}

/** Watches processes while `read` grows to `goal`. */
async function drained(
  pids: readonly number[],
  read: () => Promise<number> | number,
  goal: number,
): Promise<Drain> {
  const use = () => pids.flatMap((pid) => processTree(pid));
  const cpu = () => use().reduce((sum, one) => sum + one.cpuSeconds, 0);
  const cpuBefore = cpu();
  let rssMb = 0;
  let began: { at: number; events: number } | null = null;
  let looked = 0;
  for (const giveUpAt = performance.now() + MOST_MS; ; await pause(LOOK_MS)) {
    const events = await read();
    const now = performance.now();
    if (events > 0) began ??= { at: now, events };
    if (now - looked > 500 || events >= goal) {
      looked = now;
      rssMb = Math.max(
        rssMb,
        use().reduce((sum, one) => sum + one.rssMb, 0),
      );
    }
    if (events >= goal && began !== null) {
      const seconds = (now - began.at) / 1000;
      const rate = (goal - began.events) / seconds;
      return { rate, seconds, cpuSeconds: cpu() - cpuBefore, rssMb, stallMs: null };
    }
    if (now > giveUpAt) throw new Error(`Only ${events} of ${goal} events were read in ${MOST_MS / 1000} s.`);
  }
}

/** A new processor from nothing; it ends when all is read and `settled` says so. */
export async function drainLiveDb(
  kafka: KafkaEndpoint,
  query: QuerySpec,
  goal: number,
  settled: (report: ProcessorReport) => boolean,
): Promise<Drain> {
  const folder = await mkdtemp(join(tmpdir(), 'livedb-bench-processor-'));
  const child = new ChildProgram<ProcessorReport>('stages/processor');
  const settings = { query, queries: [], checkpointIntervalMs: 2_000 };
  try {
    const config = { dataDir: folder, logDir: join(folder, 'logs'), kafka, settings };
    const read = () => child.lastReport?.events ?? 0;
    // A start that fails ends the measurement, too.
    const [found] = await Promise.all([drained([child.pid], read, goal), child.start(config)]);
    await child.until(
      () => child.lastReport !== undefined && settled(child.lastReport),
      'all results',
      60_000,
    );
    const marks = child.reports.flatMap((report) => report.marks);
    const rssMb = Math.max(found.rssMb, ...processTree(child.pid).map((one) => one.rssMb));
    return { ...found, rssMb, stallMs: marks.reduce((most, mark) => Math.max(most, mark.stallMs), 0) };
  } finally {
    if (child.exit === null) child.send({ type: 'drain' });
    await child.until(() => child.exit !== null, 'the end', 20_000);
    await rm(folder, { recursive: true, force: true });
  }
}

/** Submits the job, watches it read everything, waits until `done` and ends it. */
export async function drainFlink(
  flink: Flink,
  kafka: KafkaEndpoint,
  query: QuerySpec,
  goal: number,
  target: { resultsTopic: string; done: () => Promise<boolean> },
): Promise<Drain> {
  const job = await flink.run(
    queryStatements(query, {
      bootstrap: kafka.brokers.join(','),
      topic: kafka.topic,
      resultsTopic: target.resultsTopic,
      sink: target.resultsTopic,
    }),
  );
  if (job === null) throw new Error('Flink started no job for the query.');
  try {
    const found = await drained(flink.pids, () => flink.recordsRead(job), goal);
    for (const giveUpAt = Date.now() + 60_000; !(await target.done()); await pause(250)) {
      if (Date.now() > giveUpAt)
        throw new Error(`Flink's results did not come; the job is ${await flink.state(job)}.`);
    }
    return found;
  } finally {
    await flink.cancel(job);
  }
}
