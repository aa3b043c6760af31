// End to end at 5,000 rows/s: from a row's created_at to the arrival of the first frame that counts it, seen by a
// client of the stream; CPU and memory of every process over the same time.
import { Client } from 'pg';
import type { ControlRoom } from '../test/support/control-room.ts';
import { against, type Figure, figure, quantile } from './figure.ts';
import { processTree } from './processes.ts';

const WARM_MS = 5_000;
const MEASURE_MS = 20_000;

export async function benchLive(room: ControlRoom, url: string): Promise<Figure[]> {
  await room.execute('writer.configure', { preset: 'busy' });
  await room.execute('pipeline.start', {});
  await room.until('all running', (s) => Object.values(s.stages).every((stage) => stage.state === 'running'));
  const seen: { events: number; at: number }[] = [];
  const stream = await room.frames((frame, at) =>
    seen.push({ events: frame.snapshot.stages.processor.events, at }),
  );
  await new Promise((resume) => setTimeout(resume, WARM_MS));
  seen.length = 0;
  const before = processTree(room.ready.pid);
  const began = performance.now();
  await new Promise((resume) => setTimeout(resume, MEASURE_MS));
  const seconds = (performance.now() - began) / 1000;
  const after = processTree(room.ready.pid);
  stream.stop();
  await room.execute('pipeline.stop', {});
  const shown = await latencies(url, seen);
  const first = seen[0];
  const last = seen.at(-1);
  const rate = first && last ? ((last.events - first.events) * 1000) / (last.at - first.at) : null;
  const figures = [
    figure('rate held', rate, 'rows/s'),
    figure('frames', seen.length / seconds, '1/s', 'at most 10 a second'),
    figure('insert to frame p50', quantile(shown, 0.5), 'ms', `${shown.length} rows`),
    figure('insert to frame p95', quantile(shown, 0.95), 'ms'),
    against(figure('insert to frame p99', quantile(shown, 0.99), 'ms'), { atMost: 100 }),
  ];
  let total = 0;
  for (const process of after) {
    const cpu =
      (process.cpuSeconds - (before.find((p) => p.name === process.name)?.cpuSeconds ?? 0)) / seconds;
    total += process.pssMb;
    figures.push(
      figure(
        `  ${process.name}`,
        process.rssMb,
        'MB RSS',
        `${process.pssMb.toFixed(0)} MB PSS, ${(cpu * 100).toFixed(1)} % of a core`,
      ),
    );
  }
  figures.push(
    against(
      figure(
        'all processes together',
        total === 0 ? null : total,
        'MB',
        'sum of PSS: shared pages counted once',
      ),
      { atMost: 700 },
    ),
  );
  figures.push(
    figure(
      'all processes together, RSS',
      after.reduce((sum, p) => sum + p.rssMb, 0),
      'MB',
      'sum of RSS: shared pages counted in each',
    ),
  );
  return figures;
}

/** Latency of each row counted between the first and the last frame seen: rows are counted in the order of their ids. */
async function latencies(url: string, seen: readonly { events: number; at: number }[]): Promise<number[]> {
  const first = seen[0];
  const last = seen.at(-1);
  if (first === undefined || last === undefined) return [];
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query(
    `SELECT (extract(epoch FROM created_at) * 1000)::float8 AS at FROM livedb ORDER BY tx, id OFFSET $1 LIMIT $2`,
    [first.events, last.events - first.events],
  );
  await client.end();
  const found: number[] = [];
  let frame = 0;
  rows.forEach((row, index) => {
    while ((seen[frame]?.events ?? Number.POSITIVE_INFINITY) < first.events + index + 1) frame += 1;
    const at = seen[frame]?.at;
    if (at !== undefined) found.push(at - row.at);
  });
  return found.sort((a, b) => a - b);
}
