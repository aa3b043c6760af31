// `npm run chaos`: breaks a LiveDB of its own in a temporary folder and judges it from outside. Prints the scorecard and
// the seed to repeat it; exit code 1 when anything was lost, doubled or counted wrongly. The folder of a run that did not
// hold stays, with its logs and its history: LiveDB opens it with --data.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { CHAOS_TARGETS, type ChaosRun, ChaosTarget, FAULTS, Fault } from '../src/shared/chaos.ts';
import { startControlRoom } from '../test/support/control-room.ts';
import { holds, prove, type Trial, type Verdict } from './prove.ts';

const USAGE = `npm run chaos -- [--kills N] [--rate ROWS/S] [--seed S] [--faults ${FAULTS.join(',')}]
  [--targets ${CHAOS_TARGETS.join(',')}] [--outside-writers N] [--minutes M] [--pause MS]
  [--capture auto,logical,polling,changing (one of them)] [--change-every SECONDS] [--json]`;

const whole = z.coerce.number().int().nonnegative();
const list = <T>(item: z.ZodType<T, string>) =>
  z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(item).min(1));
const Options = z.object({
  kills: whole.min(1).default(25),
  rate: whole.min(1).default(2_000),
  seed: whole.max(4_294_967_295).optional(),
  faults: list(Fault).default(['kill']),
  targets: list(ChaosTarget).default([...CHAOS_TARGETS]),
  'outside-writers': whole.max(50).default(3),
  minutes: z.coerce.number().positive().optional(),
  pause: whole.default(300),
  capture: z.enum(['auto', 'logical', 'polling', 'changing']).default('auto'),
  'change-every': z.coerce.number().min(1).default(60),
  json: z.boolean().default(false),
});

function readOptions(): z.infer<typeof Options> {
  const text = { type: 'string' } as const;
  try {
    const { values } = parseArgs({
      options: {
        kills: text,
        rate: text,
        seed: text,
        faults: text,
        targets: text,
        'outside-writers': text,
        minutes: text,
        pause: text,
        capture: text,
        'change-every': text,
        json: { type: 'boolean' },
      },
    });
    return Options.parse(values);
  } catch (error) {
    const why =
      error instanceof z.ZodError
        ? error.issues.map(({ path, message }) => `--${path.join('.')}: ${message}`).join('\n')
        : String(error instanceof Error ? error.message : error);
    process.stderr.write(`${why}\n\n${USAGE}\n`);
    process.exit(2);
  }
}

const ms = (value: number | null) => (value === null ? '–' : `${Math.round(value).toLocaleString('en')} ms`);

function scorecard(verdict: Verdict): string {
  const { run, outside, windows } = verdict;
  const rows: [string, string][] = [
    ['seed', String(run.seed)],
    ['faults', `${run.done} (${run.overtaken} followed by the next before recovery)`],
    ['recovered / not', `${run.recovered} / ${run.notRecovered}`],
    ['noticed after', `p50 ${ms(run.detectMs.p50)}, longest ${ms(run.detectMs.max)}`],
    [
      'well again after',
      `p50 ${ms(run.recoverMs.p50)}, p95 ${ms(run.recoverMs.p95)}, longest ${ms(run.recoverMs.max)}`,
    ],
    ['latency hump', `p99 up to ${ms(run.p99Highest)}`],
    ['late records', run.late.toLocaleString('en')],
    [
      'outside writers',
      `${outside.transactions} transactions, ${outside.rolledBack} rolled back, ${outside.broken} broken off`,
    ],
    ['by the ledger', `lost ${run.lost}, doubled ${run.doubled}`],
    ['audit', auditOf(run)],
    ['rows in the table', verdict.rows.toLocaleString('en')],
    ['events in the topic', verdict.events.toLocaleString('en')],
    ['rows lost · doubled', `${verdict.lost.length} · ${verdict.doubled.length}`],
    ['events without a row', String(verdict.strange)],
    [
      'windows against SQL',
      `${windows.compared.toLocaleString('en')} compared, ${windows.different.length} different, ${windows.publishedTwice.length} published twice`,
    ],
  ];
  return rows.map(([name, value]) => `  ${name.padEnd(22)}${value}\n`).join('');
}

function auditOf({ audit }: ChaosRun): string {
  if (audit === null) return 'none: the run was stopped before its end';
  const { state, id, missing, doubled, note } = audit;
  return state === 'failed' ? `none: ${note}` : `${state}: missing ${missing}, doubled ${doubled} (${id})`;
}

const options = readOptions();
const trial: Trial = {
  kills: options.kills,
  rate: options.rate,
  seed: options.seed ?? Math.floor(Math.random() * 1_000_000),
  faults: options.faults,
  targets: options.targets,
  outsideWriters: options['outside-writers'],
  minutes: options.minutes ?? null,
  pauseMs: options.pause,
  capture: options.capture,
  changeSeconds: options['change-every'],
};
const say = (text: string) => process.stderr.write(`  ${text} …\n`);
say(`${trial.kills} faults at ${trial.rate} rows/s, seed ${trial.seed}`);
const dataDir = mkdtempSync(join(tmpdir(), 'livedb-chaos-'));
const removeData = () => rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
const room = await startControlRoom({ dataDir, args: ['--no-run'] });
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(
    signal,
    () =>
      void room
        .close()
        .then(removeData)
        .finally(() => process.exit(1)),
  );
}
let verdict: Verdict;
try {
  verdict = await prove(room, trial, say);
} catch (error) {
  say(`data and logs stay in ${dataDir}`);
  throw error;
} finally {
  await room.close();
}
process.stdout.write(options.json ? `${JSON.stringify(verdict)}\n` : scorecard(verdict));
const first = (what: string, items: readonly string[]) => {
  if (items.length > 0) process.stderr.write(`${what}: ${items.slice(0, 20).join(', ')}\n`);
};
first('Lost ids', verdict.lost);
first('Doubled ids', verdict.doubled);
first('Different windows', verdict.windows.different);
first('Published twice', verdict.windows.publishedTwice);
const good = holds(verdict);
if (good) removeData();
else say(`data and logs stay in ${dataDir}`);
process.stdout.write(
  good ? '✔ nothing lost, nothing doubled\n' : `✘ broken; repeat with --seed ${trial.seed}\n`,
);
process.exit(good ? 0 : 1);
