// A slow, plain oracle for window queries, written without the engine: it goes through a script of events and silences,
// keeps its own watermark, and for each event looks at lists. Windows of every kind, groupings, filters, aggregates,
// lateness. What the engine publishes last must equal its windows, what the engine drops must be its late events.
import type { QuerySpec } from '../../src/shared/query.ts';

export interface ScriptEvent {
  kind: 'event';
  partition: number;
  /** Event time and wall clock, epoch ms. */
  at: number;
  now: number;
  org: string;
  region: string;
  cents: number;
  replay: boolean;
}

export type ScriptStep =
  | ScriptEvent
  /** Nothing comes until `now`, and all partitions are read to their ends. */
  | { kind: 'silence'; now: number }
  /** The processor starts anew from what it wrote down here: it knows nothing of arrivals. */
  | { kind: 'restart'; now: number };

export interface OracleWindow {
  start: number;
  end: number;
  group: string;
  count: number;
  figures: Record<string, string | number | true>;
}

export interface OracleOutcome {
  windows: OracleWindow[];
  /** Indexes of the events that came too late for all of their windows. */
  late: number[];
}

interface Cell {
  start: number;
  end: number;
  group: string;
  events: ScriptEvent[];
}

class Clock {
  watermark = Number.NEGATIVE_INFINITY;
  readonly spec: QuerySpec;
  readonly partitions: { max: number | null; arrival: number; ended: boolean }[];
  arrival: number;

  constructor(spec: QuerySpec, partitions: number, now: number) {
    this.spec = spec;
    this.arrival = now;
    this.partitions = Array.from({ length: partitions }, () => ({ max: null, arrival: now, ended: false }));
  }

  get seen(): number | null {
    const all = this.partitions.flatMap(({ max }) => (max === null ? [] : [max]));
    return all.length === 0 ? null : Math.max(...all);
  }

  move(now: number, lastOpenEnd: (seen: number) => number | null): void {
    const { outOfOrdernessMs, idleTimeoutMs } = this.spec;
    const active = this.partitions.filter(({ arrival, ended }) => !ended || now - arrival < idleTimeoutMs);
    const { seen } = this;
    if (active.some(({ max }) => max === null) || seen === null) return;
    let next = Math.min(...active.map(({ max }) => max ?? 0)) - outOfOrdernessMs;
    if (active.length === 0) {
      const clocked = Math.min(seen + Math.max(0, now - this.arrival), now);
      next = Math.min(
        Math.max(seen, clocked) - outOfOrdernessMs,
        lastOpenEnd(seen) ?? seen - outOfOrdernessMs,
      );
    }
    this.watermark = Math.max(this.watermark, next);
  }
}

export function windowOracle(
  spec: QuerySpec,
  script: readonly ScriptStep[],
  partitions: number,
  began: number,
): OracleOutcome {
  const clock = new Clock(spec, partitions, began);
  const cells: Cell[] = [];
  const late: number[] = [];
  script.forEach((step, index) => {
    if (step.kind === 'restart') {
      clock.arrival = step.now;
      for (const partition of clock.partitions) Object.assign(partition, { arrival: step.now, ended: false });
      return;
    }
    if (step.kind === 'silence') {
      for (const partition of clock.partitions) partition.ended = true;
    } else {
      if (passes(spec, step) && !count(spec, cells, step, clock.watermark)) late.push(index);
      const partition = clock.partitions[step.partition];
      if (partition !== undefined) {
        partition.max = Math.max(partition.max ?? step.at, step.at);
        partition.arrival = step.now;
      }
      clock.arrival = step.now;
    }
    clock.move(step.now, (seen) => {
      const by = step.now - spec.outOfOrdernessMs;
      const ends = cells
        .filter(({ start, end }) => end > clock.watermark && (start <= seen || end <= by))
        .map(({ end }) => end);
      return ends.length === 0 ? null : Math.max(...ends);
    });
  });
  return { windows: cells.map((cell) => figuresOf(spec, cell)), late };
}

function passes({ filter }: QuerySpec, event: ScriptEvent): boolean {
  const cents = (text: string | null) => (text === null ? null : Math.round(Number(text) * 100));
  const least = cents(filter.minAmount);
  const most = cents(filter.maxAmount);
  return (
    filter.modes.includes(event.replay ? 'replay' : 'normal') &&
    (filter.orgs === null || filter.orgs.includes(event.org)) &&
    (filter.regions === null || filter.regions.includes(event.region)) &&
    (least === null || event.cents >= least) &&
    (most === null || event.cents <= most)
  );
}

/** False when the event is too late for all of its windows. */
function count(spec: QuerySpec, cells: Cell[], event: ScriptEvent, watermark: number): boolean {
  const { window, allowedLatenessMs: lateness } = spec;
  const group = spec.groupBy.map((field) => event[field]).join('|');
  if (window.kind === 'session') {
    const own = { start: event.at, end: event.at + window.gapMs };
    // Sessions touch when one begins where the other ends; those beyond their lateness are gone.
    const joined = cells.filter(
      (cell) =>
        cell.group === group &&
        cell.end + lateness > watermark &&
        cell.start <= own.end &&
        cell.end >= own.start,
    );
    const start = Math.min(own.start, ...joined.map((cell) => cell.start));
    const end = Math.max(own.end, ...joined.map((cell) => cell.end));
    if (end + lateness <= watermark) return false;
    for (const cell of joined) cells.splice(cells.indexOf(cell), 1);
    cells.push({ start, end, group, events: [...joined.flatMap((cell) => cell.events), event] });
    return true;
  }
  const slide = window.kind === 'hopping' ? window.slideMs : window.sizeMs;
  let counted = false;
  for (
    let start = Math.ceil((event.at - window.sizeMs + 1) / slide) * slide;
    start <= event.at;
    start += slide
  ) {
    const end = start + window.sizeMs;
    if (end + lateness <= watermark) continue;
    counted = true;
    const known = cells.find((cell) => cell.group === group && cell.start === start);
    if (known === undefined) cells.push({ start, end, group, events: [event] });
    else known.events.push(event);
  }
  return counted;
}

function figuresOf(spec: QuerySpec, { start, end, group, events }: Cell): OracleWindow {
  const amounts = events.map(({ cents }) => BigInt(cents)).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const n = BigInt(amounts.length);
  const sum = amounts.reduce((total, one) => total + one, 0n);
  const magnitude = sum < 0n ? -sum : sum;
  let mean = magnitude / n;
  if ((magnitude - mean * n) * 2n >= n) mean += 1n;
  // Nearest rank: the least value that at least `percent` % of all values do not exceed.
  const percentile = (percent: bigint) =>
    text(amounts.find((_, at) => BigInt(at + 1) * 100n >= percent * n) ?? 0n);
  const all: Record<string, () => string | number> = {
    sum: () => text(sum),
    avg: () => text(sum < 0n ? -mean : mean),
    min: () => text(amounts[0] ?? 0n),
    max: () => text(amounts.at(-1) ?? 0n),
    p50: () => percentile(50n),
    p95: () => percentile(95n),
    p99: () => percentile(99n),
    distinctOrgs: () => new Set(events.map(({ org }) => org)).size,
  };
  const figures: Record<string, string | number> = {};
  for (const one of spec.aggregates) if (one !== 'count') figures[one] = all[one]?.() ?? '';
  return { start, end, group, count: events.length, figures };
}

function text(cents: bigint): string {
  const magnitude = cents < 0n ? -cents : cents;
  const decimal = `${magnitude / 100n}.${String(magnitude % 100n).padStart(2, '0')}`;
  return cents < 0n ? `-${decimal}` : decimal;
}
