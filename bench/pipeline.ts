// `npm run bench` without a name: measures a LiveDB of its own in a temporary folder, beside what a user would pick instead in the
// same run, and prints a table; the same as JSON goes to bench/results/ (and to stdout with --json).
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { type ControlRoom, startControlRoom } from '../test/support/control-room.ts';
import { benchProcessor, benchProducer } from './drain.ts';
import { type Figure, figure, printTable } from './figure.ts';
import { benchLive } from './live.ts';
import { benchPage, benchStartAll } from './starting.ts';
import { benchWriter } from './writer.ts';

const say = (text: string) => process.stderr.write(`  ${text} …\n`);
const figures: Figure[] = [];

/** Away with the backlog of the flat-out run: what follows measures a line that keeps up. */
async function startAfresh(running: ControlRoom): Promise<void> {
  const { confirm } = await running.execute('reset.preview', { scope: 'data' });
  await running.execute('reset.apply', { scope: 'data', confirm });
}

const room = await startControlRoom({ args: ['--no-run'] });
try {
  figures.push(figure('start, new data folder', room.readyAfterMs, 'ms', 'spawn to ready line'));
  await room.execute('service.start', { service: 'postgres' });
  await room.execute('service.start', { service: 'kafka' });
  const services = await room.until(
    'services running',
    (s) => s.services.postgres.state === 'running' && s.services.kafka.state === 'running',
    60_000,
  );
  const url = services.services.postgres.url ?? '';
  const bootstrap = services.services.kafka.bootstrap ?? '';
  say('writer flat out');
  figures.push(...(await benchWriter(room, url)));
  const waiting = (await room.snapshot()).stages.writer.rows;
  say('producer drain');
  figures.push(...(await benchProducer(room, waiting)));
  say('processor drain');
  figures.push(...(await benchProcessor(room, bootstrap)));
  say('reset');
  await startAfresh(room);
  say('start all');
  figures.push(...(await benchStartAll(room)));
  say('5,000 rows/s');
  figures.push(...(await benchLive(room, url)));
  say('page');
  figures.push(...(await benchPage(room)));
} finally {
  await room.close();
}

const result = {
  at: new Date().toISOString(),
  machine: {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
  },
  figures,
};
const folder = join(import.meta.dirname, 'results');
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'latest.json'), `${JSON.stringify(result, null, 2)}\n`);
if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify(result)}\n`);
else printTable(figures);
