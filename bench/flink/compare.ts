// `npm run bench -- flink [--events N] [--broker embedded|apache] [--groups N]`: LiveDB's processor beside a real Flink on
// the same preloaded topic with the same query, their results held against each other. README.md tells the rules.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { KafkaEndpoint } from '../../src/shared/link.ts';
import { DEFAULT_QUERY, type QuerySpec } from '../../src/shared/query.ts';
import { queryStatements } from '../../src/shared/query-sql.ts';
import { apacheKafkaMissing, startApacheKafka } from '../../test/support/apache-kafka.ts';
import { startBroker } from '../../test/support/processor-line.ts';
import { against, type Figure, figure, printTable } from '../figure.ts';
import { measureCloseToChart } from './close-to-chart.ts';
import { type Flink, startFlink } from './cluster.ts';
import { FIRST, fillTopic, valuesOf } from './events.ts';
import { FLINK_VERSION, flinkLibs } from './parts.ts';
import { compareRows, flinkRows, liveDbRows } from './same-results.ts';
import { type Drain, drainFlink, drainLiveDb } from './sides.ts';

const BROKERS = ['embedded', 'apache'] as const;
type BrokerName = (typeof BROKERS)[number];

interface Plan {
  events: number;
  groups: number;
  brokers: readonly BrokerName[];
}

const QUERY: QuerySpec = {
  ...DEFAULT_QUERY,
  allowedLatenessMs: 0,
  aggregates: ['count', 'sum', 'avg', 'min', 'max'],
};

/** What Flink has to accept, beside the query that is measured. */
const ASKED: readonly (readonly [string, Partial<QuerySpec>])[] = [
  ['the default query', {}],
  [
    'hopping, by org and region',
    { window: { kind: 'hopping', sizeMs: 10_000, slideMs: 2_500 }, groupBy: ['org', 'region'] },
  ],
  ['session by org', { window: { kind: 'session', gapMs: 1_500 } }],
  ['session by org and region', { window: { kind: 'session', gapMs: 60_000 }, groupBy: ['org', 'region'] }],
  [
    'filtered, in total, distinct orgs',
    {
      groupBy: [],
      aggregates: ['count', 'sum', 'distinctOrgs'],
      filter: { ...DEFAULT_QUERY.filter, orgs: ["it's", 'b'], minAmount: '10.50', maxAmount: '99' },
    },
  ],
  [
    'a filtered session in total',
    {
      window: { kind: 'session', gapMs: 250 },
      groupBy: [],
      filter: { ...DEFAULT_QUERY.filter, regions: ['eu'], modes: ['normal', 'replay'] },
    },
  ],
  [
    'windows of a day, 250 ms of disorder',
    { window: { kind: 'tumbling', sizeMs: 86_400_000 }, outOfOrdernessMs: 250 },
  ],
];

interface RunningBroker {
  endpoint: KafkaEndpoint;
  stop(): Promise<void>;
}

async function openBroker(name: BrokerName): Promise<RunningBroker> {
  if (name === 'apache') return startApacheKafka();
  const folder = mkdtempSync(join(tmpdir(), 'livedb-bench-broker-'));
  const { endpoint, child } = await startBroker(folder);
  return {
    endpoint,
    async stop() {
      child.send({ type: 'drain' });
      await child.until(() => child.exit !== null, 'the end of the broker', 20_000);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const say = (text: string) => process.stderr.write(`  ${text} …\n`);

async function measure(name: BrokerName, plan: Plan, flink: Flink): Promise<Figure[]> {
  say(`${name}: ${plan.events} events`);
  const broker = await openBroker(name);
  try {
    const kafka = broker.endpoint;
    const goal = await fillTopic(kafka, { events: plan.events, orgs: null, spanMs: null });
    // Windows that end by then are closed by the last events on both sides.
    const until = Math.floor((FIRST + plan.events / 20) / 10_000) * 10_000;
    say(`${name}: LiveDB`);
    const live = await drainLiveDb(kafka, QUERY, goal, ({ watermark }) => (watermark ?? 0) >= until);
    const ours = liveDbRows(await valuesOf(kafka, kafka.resultsTopic), until);
    const flinkOn = async (target: string) => {
      await fillTopic({ ...kafka, topic: target }, { events: 0, orgs: null, spanMs: 1 });
      return drainFlink(flink, kafka, QUERY, goal, {
        resultsTopic: target,
        done: async () => flinkRows(await valuesOf(kafka, target), until).size >= ours.size,
      });
    };
    say(`${name}: Flink, cold`);
    await flinkOn(`flink_${name}_cold`);
    say(`${name}: Flink, warm`);
    const warm = await flinkOn(`flink_${name}_warm`);
    const theirs = flinkRows(await valuesOf(kafka, `flink_${name}_warm`), until);
    const { windows, differences } = compareRows(ours, theirs);
    return [...ratesOf(name, live, warm), same(name, windows, differences)];
  } finally {
    await broker.stop();
  }
}

function ratesOf(name: BrokerName, live: Drain, flink: Drain): Figure[] {
  return [
    figure(`${name}: LiveDB`, live.rate, 'events/s', `${live.seconds.toFixed(1)} s`),
    figure(`${name}: Flink, warm`, flink.rate, 'events/s', `${flink.seconds.toFixed(1)} s`),
    against(figure(`${name}: LiveDB / Flink`, live.rate / flink.rate, 'x', 'rate over the whole run'), {
      atLeast: 2,
    }),
    figure(`${name}: CPU of LiveDB`, live.cpuSeconds, 's'),
    figure(`${name}: CPU of Flink`, flink.cpuSeconds, 's', 'JobManager, TaskManager, gateway'),
    figure(`${name}: memory of LiveDB`, live.rssMb, 'MB', 'peak RSS of the processor'),
    figure(`${name}: memory of Flink`, flink.rssMb, 'MB', 'peak RSS of its three processes'),
    against(figure(`${name}: memory, LiveDB / Flink`, live.rssMb / flink.rssMb, 'x'), { atMost: 0.2 }),
  ];
}

function same(name: BrokerName, windows: number, differences: readonly string[]): Figure {
  for (const one of differences) process.stderr.write(`  differs: ${one}\n`);
  const found = figure(
    `${name}: windows that differ`,
    differences.length,
    '',
    `${windows} compared, to the cent`,
  );
  return { ...found, target: '0', reached: windows > 0 && differences.length === 0 };
}

/** A million groups in open windows: memory, and the longest time that events wait for a checkpoint. */
async function measureGroups(groups: number): Promise<Figure[]> {
  if (groups === 0) return [];
  say(`${groups} open groups`);
  const broker = await openBroker('embedded');
  try {
    const goal = await fillTopic(broker.endpoint, { events: groups, orgs: groups, spanMs: 3_000_000 });
    const hour = { ...DEFAULT_QUERY, window: { kind: 'tumbling' as const, sizeMs: 3_600_000 } };
    // Its checkpoints are part of it.
    const query = { ...hour, idleTimeoutMs: 600_000 };
    let seen = 0;
    const found = await drainLiveDb(broker.endpoint, query, goal, (report) => {
      seen = Math.max(seen, report.lines[0]?.groups ?? 0);
      return report.checkpoint !== null && seen >= groups;
    });
    return [
      against(figure(`${groups} open groups, memory`, found.rssMb, 'MB', 'peak RSS, percentiles kept'), {
        atMost: 400,
      }),
      against(figure(`${groups} open groups, longest stall`, found.stallMs, 'ms', 'of a checkpoint'), {
        atMost: 50,
      }),
    ];
  } finally {
    await broker.stop();
  }
}

/** Flink plans each kind of query as the editor writes it. */
async function accepted(flink: Flink): Promise<Figure> {
  let refused = 0;
  for (const [index, [what, change]] of ASKED.entries()) {
    const names = { source: `asked_in_${index}`, sink: `asked_out_${index}` };
    const statements = queryStatements({ ...DEFAULT_QUERY, ...change }, names);
    const insert = statements.pop() ?? '';
    try {
      await flink.run([...statements, `EXPLAIN PLAN FOR ${insert}`]);
    } catch (error) {
      refused++;
      process.stderr.write(
        `  Flink refuses ${what}: ${error instanceof Error ? error.message : String(error)}\n${insert}\n`,
      );
    }
  }
  const found = figure(
    'queries that Flink refuses',
    refused,
    '',
    `${ASKED.length} kinds, as the editor writes them`,
  );
  return { ...found, target: '0', reached: refused === 0 };
}

function planOf(args: readonly string[]): Plan {
  const { values } = parseArgs({
    args: [...args],
    options: {
      events: { type: 'string', default: '2000000' },
      groups: { type: 'string', default: '1000000' },
      broker: { type: 'string' },
    },
  });
  const [events, groups] = [Number(values.events), Number(values.groups)];
  const brokers = values.broker === undefined ? BROKERS : BROKERS.filter((name) => name === values.broker);
  if (
    !Number.isInteger(events) ||
    events < 1 ||
    !Number.isInteger(groups) ||
    groups < 0 ||
    brokers.length === 0
  )
    throw new Error('--events and --groups take whole numbers, --broker embedded or apache.');
  return { events, groups, brokers };
}

function keep(figures: readonly Figure[], plan: Plan, loadBefore: number[]): void {
  const folder = join(import.meta.dirname, '..', 'results');
  mkdirSync(folder, { recursive: true });
  const machine = {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    loadBefore,
    loadAfter: loadavg(),
  };
  const result = { at: new Date().toISOString(), flink: FLINK_VERSION, plan, machine, figures };
  writeFileSync(join(folder, 'flink.json'), `${JSON.stringify(result, null, 2)}\n`);
}

export async function runFlink(args: readonly string[]): Promise<void> {
  try {
    const plan = planOf(args);
    const parts = await flinkLibs();
    const kafkaMissing = plan.brokers.includes('apache') ? await apacheKafkaMissing() : null;
    const missing = 'missing' in parts ? parts.missing : kafkaMissing;
    if ('missing' in parts || missing !== null) {
      process.stderr.write(`The comparison with Flink cannot be made here: ${missing}.\n`);
      process.exitCode = 1;
      return;
    }
    const loadBefore = loadavg();
    const figures = await measureGroups(plan.groups);
    say('window close to chart');
    figures.push(...(await measureCloseToChart()));
    say('starting Flink');
    const flink = await startFlink(parts.libs);
    // Its processes would outlive an interrupted run.
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => void flink.close().finally(() => process.exit(1)));
    try {
      figures.push(await accepted(flink));
      for (const name of plan.brokers) figures.push(...(await measure(name, plan, flink)));
    } finally {
      await flink.close();
    }
    printTable(figures);
    keep(figures, plan, loadBefore);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
