// Events outside the range of a branch that belong to windows inside it: the live line counted them, the branch could not.
// Such windows are cut by the range, and not held against the live ones. Called by main.ts when the branch has read all.
import { setImmediate as breathe } from 'node:timers/promises';
import { openAdmin } from '../../clients/kafka.ts';
import type { Logger } from '../../clients/log.ts';
import type { WindowResult } from '../../shared/event.ts';
import type { KafkaEndpoint } from '../../shared/link.ts';
import { type QuerySpec, windowLength } from '../../shared/query.ts';
import type { ResultKey } from '../../shared/replay.ts';
import type { ReplayConfig } from '../../shared/replay-link.ts';
import { stretchesOf } from './branch.ts';
import { Lanes, type Stretch } from './lanes.ts';
import { QueryRun } from './query-run.ts';

/** Clocks that disagree: events may be published this much before their own time, ms. */
const LEAD_MS = 60_000;
/** Looked through on each side of the range, at most, in events of one partition. */
const MAX_LOOK = 1_000_000;
const SLICE_MS = 10;
const DAY_MS = 86_400_000;

interface Told {
  group: WindowResult['group'];
  kind: WindowResult['window']['kind'];
  start: number;
  end: number;
}

/** The windows that a branch has told of, to compare others with. */
export class ToldWindows {
  readonly #byGroup = new Map<string, Map<string, Told>>();

  add(result: WindowResult): void {
    const name = groupName(result.group);
    let windows = this.#byGroup.get(name);
    if (windows === undefined) {
      windows = new Map();
      this.#byGroup.set(name, windows);
    }
    const { kind } = result.window;
    const key = `${result.window.start}/${result.window.end}`;
    if (windows.has(key)) return;
    const start = Date.parse(result.window.start);
    const end = Date.parse(result.window.end);
    windows.set(key, { group: result.group, kind, start, end });
  }

  *all(): Generator<Told> {
    for (const windows of this.#byGroup.values()) yield* windows.values();
  }

  /** Those that an event of this window would have counted in; a session takes in whatever touches it. */
  touchedBy({ group, window }: Pick<WindowResult, 'group' | 'window'>): Told[] {
    const windows = this.#byGroup.get(groupName(group));
    if (windows === undefined) return [];
    if (window.kind !== 'session') {
      const same = windows.get(`${window.start}/${window.end}`);
      return same === undefined ? [] : [same];
    }
    const start = Date.parse(window.start);
    const end = Date.parse(window.end);
    return [...windows.values()].filter((told) => told.start <= end && told.end >= start);
  }
}

const groupName = ({ org, region }: WindowResult['group']) => JSON.stringify([org, region]);

export interface Cuts {
  /** Windows, of the branch or of the live line alone, that hold events outside the range. */
  cuts: ResultKey[];
  /** Windows that begin before may hold events that were not looked for, epoch ms; null: all were. */
  wholeFrom: number | null;
}

/** Windows that are not whole in the range. Throws the signal's reason, or what the reader throws. */
export async function findCuts(
  config: ReplayConfig,
  told: ToldWindows,
  times: Range['times'],
  signal: AbortSignal,
  log: Logger | null,
): Promise<Cuts> {
  const cut = new Set<Told>();
  const elsewhere = new ToldWindows();
  const { kafka, query } = config;
  const first = config.span?.from ?? config.fixedAt;
  const { before, after, wholeFrom } = await planLook(
    { kafka, stretches: stretchesOf(config), query, times, first },
    log,
  );
  for (const one of told.all()) {
    // What lies before the part that was looked through is not known; what was open at the end of the log goes on.
    if (one.start < wholeFrom || one.end > config.fixedAt) cut.add(one);
  }
  for (const stretches of [before, after]) {
    const lanes = new Lanes(config.kafka, stretches, {
      clientIdSuffix: 'replay-outside',
      log,
      signal,
      onWaiting: () => undefined,
    });
    const run = new QueryRun(lanes, outsideQuery(config));
    const mark = async () => {
      do {
        for (const result of run.results()) {
          const touched = told.touchedBy(result);
          for (const one of touched) cut.add(one);
          if (touched.length === 0 && config.against !== null && within(result, times)) elsewhere.add(result);
        }
      } while (run.core.waiting > 0);
      await breathe();
      signal.throwIfAborted();
    };
    try {
      for (let more = true; more; ) {
        await lanes.fill();
        more = run.take(SLICE_MS) !== 'end';
        await mark();
      }
      run.finish();
      await mark();
    } finally {
      await lanes.close();
    }
  }
  return {
    cuts: [...cut, ...elsewhere.all()].map(({ group, kind, start, end }) => ({
      group,
      window: { kind, start: new Date(start).toISOString(), end: new Date(end).toISOString() },
    })),
    wholeFrom: Number.isFinite(wholeFrom) ? wholeFrom : null,
  };
}

/** Counts what either of the two questions may count: a window is whole only when neither has events outside. */
function outsideQuery({ query, against }: ReplayConfig): QuerySpec {
  const patient = { ...query, allowedLatenessMs: DAY_MS };
  if (against === null) return patient;
  const modes = [...new Set([...query.filter.modes, ...against.filter.modes])];
  const all = { orgs: null, regions: null, minAmount: null, maxAmount: null };
  return { ...patient, filter: { ...all, modes } };
}

/** A window that events of the range may lie in. */
function within({ window }: WindowResult, times: Range['times']): boolean {
  return Date.parse(window.end) > times.from && Date.parse(window.start) <= times.to;
}

export interface Range {
  kafka: KafkaEndpoint;
  stretches: readonly Stretch[];
  query: QuerySpec;
  /** Event times in it, epoch ms. */
  times: { from: number; to: number };
  /** When its first event was published, epoch ms. */
  first: number;
}

/** What is looked through on both sides of a range; windows that begin before `wholeFrom` (epoch ms) may hold more. */
export async function planLook(
  range: Range,
  log: Logger | null,
): Promise<{ before: Stretch[]; after: Stretch[]; wholeFrom: number }> {
  const { kafka, stretches, query, first } = range;
  const { topic } = kafka;
  const length = windowLength(query.window);
  const admin = openAdmin(kafka, { clientIdSuffix: 'replay-admin', log });
  try {
    const reach = LEAD_MS + query.outOfOrdernessMs + query.allowedLatenessMs;
    const leadFrom = Math.max(0, range.times.from - length - LEAD_MS, first - reach - DAY_MS);
    const [offsets, byLead, byTail] = await Promise.all([
      admin.offsets(topic),
      admin.offsetsByTime(topic, leadFrom),
      admin.offsetsByTime(topic, range.times.to + length + reach),
    ]);
    const before: Stretch[] = [];
    const after: Stretch[] = [];
    let wholeFrom = Number.NEGATIVE_INFINITY;
    for (const { partition, low, high } of offsets) {
      const part = stretches.find((one) => one.partition === partition);
      // A partition that was left out altogether lies outside as a whole.
      const from = part?.from ?? high;
      const lead = Math.max(low, Math.min(from, byLead.get(partition) ?? low), from - MAX_LOOK);
      if (lead > low && lead > (byLead.get(partition) ?? low)) wholeFrom = Math.max(wholeFrom, first);
      else if (lead > low) wholeFrom = Math.max(wholeFrom, leadFrom);
      if (lead < from) before.push({ partition, from: lead, to: from });
      if (part === undefined) continue;
      const tail = Math.min(high, byTail.get(partition) ?? high, part.to + MAX_LOOK);
      if (part.to < tail) after.push({ partition, from: part.to, to: tail });
    }
    return { before, after, wholeFrom };
  } finally {
    await admin.close();
  }
}
