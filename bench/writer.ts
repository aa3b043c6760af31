// Writer flat out, beside what a user would pick instead in the same run: psql \copy of the same number of rows of the
// same seed, and the way of the project LiveDB grew out of (single autocommit inserts).
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import type { ControlRoom } from '../test/support/control-room.ts';
import { against, type Figure, figure } from './figure.ts';

const FLAT_OUT_MS = 8_000;
const SINGLE_INSERTS = 3_000;

export async function benchWriter(room: ControlRoom, url: string): Promise<Figure[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const count = async () => Number((await client.query('SELECT count(*) AS n FROM livedb')).rows[0].n);

  await room.execute('writer.configure', { preset: 'flat-out' });
  await room.execute('stage.start', { stage: 'writer' });
  await room.until('rows flow', (s) => s.stages.writer.rows > 10_000);
  const began = performance.now();
  const before = await count();
  await new Promise((resume) => setTimeout(resume, FLAT_OUT_MS));
  const after = await count();
  const ours = ((after - before) * 1000) / (performance.now() - began);
  await room.execute('stage.stop', { stage: 'writer' });
  await room.until('writer stopped', (s) => s.stages.writer.state === 'stopped');

  const rows = after - before;
  const sample = await client.query('SELECT org, amount, region FROM livedb ORDER BY id LIMIT 49');
  const lines = sample.rows.map((row) => `${row.org},${row.amount},${row.region}\n`);
  const file = join(room.dataDir, 'bench-copy.csv');
  writeFileSync(file, Array.from({ length: rows }, (_, i) => lines[i % lines.length]).join(''));
  await client.query('CREATE TABLE bench_copy (LIKE livedb INCLUDING ALL)');
  const copyBegan = performance.now();
  const copy = spawnSync('psql', [url, '-qc', `\\copy bench_copy(org, amount, region) FROM '${file}' CSV`], {
    encoding: 'utf8',
  });
  const copyRate = copy.status === 0 ? (rows * 1000) / (performance.now() - copyBegan) : null;

  const singleBegan = performance.now();
  for (let i = 0; i < SINGLE_INSERTS; i += 1) {
    const row = sample.rows[i % sample.rows.length];
    await client.query('INSERT INTO bench_copy (org, amount, region) VALUES ($1, $2, $3)', [
      row.org,
      row.amount,
      row.region,
    ]);
  }
  const singleRate = (SINGLE_INSERTS * 1000) / (performance.now() - singleBegan);
  await client.query('DROP TABLE bench_copy');
  await client.end();
  return [
    figure('writer flat out', ours, 'rows/s', `${rows} rows in the table in ${FLAT_OUT_MS / 1000} s`),
    figure('psql \\copy of as many rows', copyRate, 'rows/s', copy.status === 0 ? '' : 'psql is not here'),
    figure('single autocommit inserts', singleRate, 'rows/s', `${SINGLE_INSERTS} rows`),
    against(figure('writer / psql \\copy', copyRate === null ? null : ours / copyRate, 'x'), {
      atLeast: 0.5,
    }),
    figure('writer / single inserts', ours / singleRate, 'x'),
  ];
}
