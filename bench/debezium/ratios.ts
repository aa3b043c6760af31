// The figures of both sides and, beside the targets, their ratios. compare.ts prints them.
import { against, type Figure, figure } from '../figure.ts';
import type { Drained, Live } from './measures.ts';
import type { Measured } from './sequence.ts';
import type { Memory } from './sides.ts';

const DRAIN_AT_LEAST = 2;
const P99_AT_MOST = 0.5;
const MEMORY_AT_MOST = 0.5;

const ratio = (one: number | null | undefined, other: number | null | undefined): number | null =>
  one === null || one === undefined || other === null || other === undefined || other === 0
    ? null
    : one / other;

const drainOf = (name: string, { rate, warmRate, rateWithStart, rows, lost, doubled }: Drained): Figure[] => [
  figure(
    `${name} drain`,
    rate,
    'rows/s',
    `${rows} rows, first to last arrival; ${lost} lost, ${doubled} doubled`,
  ),
  figure(`${name} drain, warm`, warmRate, 'rows/s', 'without the first fifth'),
  figure(`${name} drain, with start`, rateWithStart, 'rows/s', 'from the start command'),
];

const liveOf = (name: string, one: Live): Figure[] => {
  const what = `${name} at ${one.rowsPerSecond} rows/s`;
  const note = `${one.rows} rows at ${one.written.toFixed(0)} rows/s; ${one.lost} lost, ${one.doubled} doubled`;
  return [
    figure(`${what}, p50`, one.p50, 'ms', note),
    figure(`${what}, p95`, one.p95, 'ms'),
    figure(`${what}, p99`, one.p99, 'ms'),
  ];
};

function memoryOf(name: string, when: string, parts: Record<string, Memory>): Figure[] {
  return Object.entries(parts).map(([part, { rss, pss }]) =>
    figure(`${name} ${part}, ${when}`, pss, 'MB PSS', `${rss.toFixed(0)} MB RSS`),
  );
}

function memoryRatios(when: string, ours: Record<string, Memory>, theirs: Memory | undefined): Figure[] {
  return Object.entries(ours).map(([part, { rss, pss }]) =>
    against(
      figure(
        `${part} / Debezium, ${when}`,
        ratio(pss, theirs?.pss),
        'x',
        `PSS; by RSS ${ratio(rss, theirs?.rss)?.toFixed(2) ?? 'n/a'}x`,
      ),
      { atMost: MEMORY_AT_MOST },
    ),
  );
}

export function compared(livedb: Measured, debezium: Measured): Figure[] {
  const best = Math.max(debezium.drain.rate, debezium.drain.warmRate);
  const figures = [
    ...drainOf('LiveDB', livedb.drain),
    ...drainOf('Debezium', debezium.drain),
    against(
      figure(
        'drain, LiveDB / Debezium',
        ratio(livedb.drain.rate, best),
        'x',
        "LiveDB's whole drain, Debezium's best part",
      ),
      { atLeast: DRAIN_AT_LEAST },
    ),
  ];
  livedb.live.forEach((ours, index) => {
    const theirs = debezium.live[index];
    if (theirs === undefined) return;
    const what = `p99 at ${ours.rowsPerSecond} rows/s, LiveDB / Debezium`;
    figures.push(
      ...liveOf('LiveDB', ours),
      ...liveOf('Debezium', theirs),
      against(figure(what, ratio(ours.p99, theirs.p99), 'x'), { atMost: P99_AT_MOST }),
    );
  });
  const [ourLive, theirLive] = [livedb.live.at(-1)?.memory ?? {}, debezium.live.at(-1)?.memory ?? {}];
  figures.push(
    ...memoryOf('LiveDB', 'drain', livedb.drain.memory),
    ...memoryOf('Debezium', 'drain', debezium.drain.memory),
    ...memoryRatios('drain', livedb.drain.memory, debezium.drain.memory.engine),
    ...memoryOf('LiveDB', 'live', ourLive),
    ...memoryOf('Debezium', 'live', theirLive),
    ...memoryRatios('live', ourLive, theirLive.engine),
  );
  return figures;
}
