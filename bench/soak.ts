// `npm run bench -- soak [--minutes N]`: 5,000 rows/s for an hour (or N minutes): the memory of every process over time
// as a slope, and at the end table and topic compared by clients that are not ours.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { startControlRoom } from '../test/support/control-room.ts';
import { hasKcat, sql } from '../test/support/witness.ts';
import { type Figure, figure, printTable } from './figure.ts';
import { processTree } from './processes.ts';

const SAMPLE_MS = 10_000;
/** The first minutes are left out of the slope: heaps and caches grow to their working size. */
const WARM_UP_SHARE = 0.25;

interface Sample {
  minutes: number;
  mb: number;
}

/** Least-squares slope, MB per hour. */
function slope(samples: readonly Sample[]): number | null {
  if (samples.length < 3) return null;
  const meanX = samples.reduce((sum, s) => sum + s.minutes, 0) / samples.length;
  const meanY = samples.reduce((sum, s) => sum + s.mb, 0) / samples.length;
  const cov = samples.reduce((sum, s) => sum + (s.minutes - meanX) * (s.mb - meanY), 0);
  const variance = samples.reduce((sum, s) => sum + (s.minutes - meanX) ** 2, 0);
  return (cov / variance) * 60;
}

export async function soak(minutes: number): Promise<Figure[]> {
  const room = await startControlRoom({ args: ['--run'] });
  const byProcess = new Map<string, Sample[]>();
  const p99: number[] = [];
  try {
    await room.until(
      'running',
      (s) => Object.values(s.stages).every((stage) => stage.state === 'running'),
      60_000,
    );
    await room.execute('writer.configure', { preset: 'busy' });
    const began = performance.now();
    while (performance.now() - began < minutes * 60_000) {
      await new Promise((resume) => setTimeout(resume, SAMPLE_MS));
      const at = (performance.now() - began) / 60_000;
      for (const { name, pssMb } of processTree(room.ready.pid)) {
        const samples = byProcess.get(name) ?? [];
        byProcess.set(name, samples);
        samples.push({ minutes: at, mb: pssMb });
      }
      const { latency, ledger } = await room.snapshot();
      if (latency.p99 !== null) p99.push(latency.p99);
      process.stderr.write(
        `  ${at.toFixed(1)} min: ${ledger.written} rows, missing ${ledger.missing}, doubled ${ledger.duplicates}, p99 ${latency.p99} ms\n`,
      );
    }
    await room.execute('stage.stop', { stage: 'writer' });
    const settled = await room.until(
      'settled',
      (s) => s.ledger.processed === s.ledger.written && s.ledger.published === s.ledger.written,
      30_000,
    );
    const compared = await compareIds(
      settled.services.postgres.url ?? '',
      settled.services.kafka.bootstrap ?? '',
    );
    p99.sort((a, b) => a - b);
    const figures = [
      figure('rows in the table', compared.rows, 'rows'),
      figure('lost (table against topic)', compared.lost, 'rows'),
      figure('doubled in the topic', compared.doubled, 'rows'),
      figure('p99 shown, median over the time', p99[Math.floor(p99.length / 2)] ?? null, 'ms'),
    ];
    for (const [name, samples] of byProcess) {
      const warm = samples.filter((s) => s.minutes > minutes * WARM_UP_SHARE);
      const last = warm.at(-1)?.mb ?? 0;
      figures.push(
        figure(`  ${name}`, slope(warm), 'MB/h', `PSS ${warm[0]?.mb.toFixed(0)} → ${last.toFixed(0)} MB`),
      );
    }
    return figures;
  } finally {
    await room.close();
  }
}

/** Ids of the table against the keys of the topic as kcat reads them: counts only, in memory that stays small. */
async function compareIds(
  url: string,
  bootstrap: string,
): Promise<{ rows: number; lost: number | null; doubled: number | null }> {
  const [[rows = '0', max = '0'] = []] = await sql(url, 'SELECT count(*), coalesce(max(id), 0) FROM livedb');
  if (!hasKcat) return { rows: Number(rows), lost: null, doubled: null };
  const times = new Uint8Array(Number(max) + 1);
  const args = ['-b', bootstrap, '-t', 'db_live_events', '-C', '-o', 'beginning', '-e', '-q', '-f', '%k\\n'];
  const reader = spawn('kcat', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let distinct = 0;
  let doubled = 0;
  for await (const key of createInterface({ input: reader.stdout })) {
    const id = Number(key);
    if (times[id] === 0) distinct += 1;
    else doubled += 1;
    times[id] = 1;
  }
  return { rows: Number(rows), lost: Number(rows) - distinct, doubled };
}

export async function runSoak(args: readonly string[]): Promise<void> {
  const named = args.indexOf('--minutes');
  const minutes = named === -1 ? 60 : Number(args[named + 1]);
  if (!Number.isFinite(minutes) || minutes <= 0) {
    process.stderr.write('--minutes takes a number above 0, for example --minutes 60.\n');
    process.exitCode = 2;
    return;
  }
  printTable(await soak(minutes));
}
