// What a replay would do, before anything happens: its range fixed and looked through, old and new positions, windows,
// bytes, time, and what stands in its way. replays.ts asks for it and starts from it.
import { randomUUID } from 'node:crypto';
import { LiveDbError } from '../../shared/errors.ts';
import type { KafkaEndpoint, PostgresEndpoint } from '../../shared/link.ts';
import type { QuerySpec } from '../../shared/query.ts';
import {
  type ProcessorReplayRequest,
  type ProducerReplayRequest,
  QueryPreview,
  type ReplayConflict,
  type ReplayPreview,
  type ReplayRequest,
} from '../../shared/replay.ts';
import { FoundEvents, FoundRows, SCOUT_CALLS } from '../../shared/replay-link.ts';
import type { LineReport } from '../../shared/states.ts';
import type { ReplayRanges } from '../services/kafka-admin.ts';
import type { Clock } from './clock.ts';
import type { TopicAdmin } from './ports.ts';
import { comparisonSays, isComparable } from './replay-comparison.ts';
import type { Forecasts, Work } from './replay-forecast.ts';
import type { ReplayPlan } from './replay-plans.ts';
import { EMPTY, refuseBackwards, rewindConflicts, rowRange } from './replay-requests.ts';
import { askRewind, boundsOf, rewindNotes, rewindPartitions } from './rewind-preview.ts';
import type { Scout } from './scout.ts';

/** A query of the processor: the primary one, or one beside it. */
export interface LiveLine {
  spec: QuerySpec;
  primary: boolean;
  /** What it told last; null when it has not told anything yet. */
  report: LineReport | null;
}

export interface PreviewsOptions {
  clock: Clock;
  scout: Scout;
  forecasts: Forecasts;
  /** Where the services stand; reject with a clear error when one does not answer. */
  kafka(): Promise<KafkaEndpoint>;
  postgres(): Promise<PostgresEndpoint>;
  topics(): Promise<Pick<TopicAdmin, 'replayRanges' | 'groupLag'>>;
  /** Null: no query has that name. A null name is the primary one. */
  line(name: string | null): LiveLine | null;
  processor: { running(): boolean; ask(method: string, args: unknown, timeoutMs: number): Promise<unknown> };
  /** What else stands in the way: too many at once, a name that is taken, another rewind. */
  obstacles(request: ReplayRequest, line: string | null): ReplayConflict[];
}

/** A preview with all that the replay needs to be started from it. */
export interface Planned {
  preview: ReplayPreview;
  request: ReplayRequest;
  plan: Omit<ReplayPlan, 'id'>;
  /** The live query it is compared with, or takes back. */
  line: string | null;
  /** Of a branch: what of it can be compared; null: all of it. */
  comparison: string | null;
  /** What its time was forecast from. */
  work: Work;
}

export interface Previews {
  plan(request: ReplayRequest): Promise<Planned>;
  query(spec: QuerySpec, lastMs: number, maxEvents: number): Promise<QueryPreview>;
}

/** A range is looked through for this long; one that is no longer than that many events, to its end in any case. */
const LOOK_MS = 3_000;
const LONG_LOOK_MS = 15_000;
const SURELY = 300_000;
const ASK_TIMEOUT_MS = 25_000;
const KEPT = 50;

export function createPreviews(options: PreviewsOptions): Previews {
  const { clock, scout, forecasts } = options;
  const known = new Map<string, Planned>();

  const keep = (planned: Planned): Planned => {
    known.set(planned.preview.id, planned);
    for (const id of known.keys()) if (known.size > KEPT) known.delete(id);
    return planned;
  };

  const lineOf = (request: ProcessorReplayRequest): LiveLine => {
    // A branch with the question of a query that runs is compared with that one.
    const asked = request.line ?? (options.line(request.query?.name ?? null)?.spec.name || null);
    const line = options.line(asked);
    if (line !== null) return line;
    throw new LiveDbError({
      code: 'replay.no-line',
      message: `There is no live query "${asked}".`,
      remedy: 'query.list names those that run.',
    });
  };

  /** Where the line stands: as it told last, or as its group committed it. */
  const placeOf = async (
    line: LiveLine,
    topic: string,
    topics: Pick<TopicAdmin, 'groupLag'>,
  ): Promise<Map<number, number>> => {
    const told = Object.entries(line.report?.offsets ?? {});
    if (told.length > 0)
      return new Map(told.map(([partition, offset]) => [Number(partition), Number(offset)]));
    const group = line.primary ? 'livedb-processor' : `livedb-processor-${line.spec.name}`;
    const places = await topics.groupLag(group, topic);
    return new Map(places.map(({ partition, committed }) => [partition, committed ?? 0]));
  };

  const look = async (kafka: KafkaEndpoint, found: ReplayRanges, query: QuerySpec): Promise<FoundEvents> =>
    FoundEvents.parse(
      await scout.ask(
        SCOUT_CALLS.events,
        {
          kafka,
          ranges: found.ranges,
          query,
          budgetMs:
            found.ranges.reduce((sum, { events }) => sum + events, 0) <= SURELY ? LONG_LOOK_MS : LOOK_MS,
        },
        ASK_TIMEOUT_MS,
      ),
    );

  const planProcessor = async (request: ProcessorReplayRequest): Promise<Planned> => {
    const now = clock.now();
    const line = lineOf(request);
    const kafka = await options.kafka();
    const topics = await options.topics();
    const place = await placeOf(line, kafka.topic, topics);
    const rewind = request.target === 'rewind';
    const to = rewind
      ? {
          kind: 'offsets' as const,
          offsets: Object.fromEntries([...place].map(([p, o]) => [String(p), String(o)])),
        }
      : request.to;
    const ranges = await topics.replayRanges({ from: request.from, to, place, now });
    const query = rewind ? line.spec : (request.query ?? line.spec);
    const conflicts = options.obstacles(request, line.spec.name);
    for (const message of ranges.gone) conflicts.push({ code: 'gone', message, blocking: false });
    const [found, touched] = await Promise.all([
      look(kafka, ranges, query),
      rewind ? askRewind(options.processor, line.spec.name, ranges, conflicts) : null,
    ]);
    const { events } = found;
    if (events === 0) conflicts.push(EMPTY);
    const comparison = rewind ? null : comparisonSays(query, line.spec);
    if (rewind) {
      conflicts.push(
        ...rewindConflicts(request, options.processor.running(), {
          name: line.spec.name,
          paused: line.report?.paused === true,
        }),
      );
    }
    const total = touched?.total ?? found.events;
    const work =
      touched === null
        ? forecasts.branch(found, request.speed)
        : forecasts.rewind(touched.tookMs, touched.span, request.speed);
    const counted = new Map(found.perPartition.map((one) => [one.partition, one]));
    const preview: ReplayPreview = {
      id: randomUUID(),
      events,
      ranges: ranges.ranges.map((range) => ({
        ...range,
        events: counted.get(range.partition)?.events ?? range.events,
      })),
      ids: null,
      perPartition: rewindPartitions(
        found.perPartition.map((one) => ({
          ...one,
          old: place.has(one.partition) ? String(place.get(one.partition)) : null,
          new: one.from,
        })),
        touched,
      ),
      timeRange: found.timeRange,
      windows: touched?.results ?? found.windows,
      reads: total,
      bytes: touched?.bytes ?? found.bytes,
      seconds: forecasts.seconds(work),
      exact: found.exact,
      conflicts,
      note: [
        ...conflicts.map(({ message }) => message),
        ...(rewind ? rewindNotes(touched, request.speed) : []),
        ...(comparison === null ? [] : [comparison]),
        ...(found.exact
          ? []
          : ['Only a part could be looked through in time: windows and bytes are reckoned.']),
      ].join(' '),
    };
    return {
      preview,
      request,
      line: line.spec.name,
      comparison,
      work,
      plan: {
        request,
        ranges: preview.ranges,
        ids: null,
        total,
        query,
        against: !rewind && isComparable(query, line.spec) ? line.spec : null,
        bounds: boundsOf(touched),
        fixedAt: now,
        span: touched?.span ?? found.span,
        created: { from: null, to: null },
        snapshot: null,
      },
    };
  };

  const planProducer = async (request: ProducerReplayRequest): Promise<Planned> => {
    const now = clock.now();
    const [kafka, postgres] = await Promise.all([options.kafka(), options.postgres()]);
    await options.topics();
    const range = rowRange(request, now);
    const found = FoundRows.parse(
      await scout.ask(SCOUT_CALLS.rows, { kafka, postgres, range }, ASK_TIMEOUT_MS),
    );
    const conflicts = options.obstacles(request, null);
    if (found.rows === 0) conflicts.push({ ...EMPTY, message: 'No row lies in this range.' });
    if (kafka.kind === 'external') {
      conflicts.push({
        code: 'foreign-topic',
        message: `${found.rows} records go to ${kafka.topic} of your own cluster, where others may read them.`,
        blocking: false,
      });
    }
    const work = forecasts.republish(found.rows, found.span, request.speed);
    const preview: ReplayPreview = {
      id: randomUUID(),
      events: found.rows,
      ranges: [],
      ids: found.ids,
      perPartition: found.partitions.map(({ partition, rows }) => ({
        partition,
        events: rows,
        from: null,
        to: null,
        old: null,
        new: null,
        firstAt: null,
        lastAt: null,
      })),
      timeRange: found.timeRange,
      windows: 0,
      reads: found.rows,
      bytes: found.bytes,
      seconds: forecasts.seconds(work),
      exact: found.exact,
      conflicts,
      note: [
        ...conflicts.map(({ message }) => message),
        ...(found.rows === 0
          ? []
          : [
              'The rows are published again in mode "replay"; producer_offsets and the live results stay as they are.',
            ]),
      ].join(' '),
    };
    return {
      preview,
      request,
      line: null,
      comparison: null,
      work,
      plan: {
        request,
        ranges: [],
        ids: found.ids,
        total: found.rows,
        query: lineOrThrow(options).spec,
        against: null,
        bounds: null,
        fixedAt: now,
        span: found.span,
        created: range.created,
        snapshot: found.snapshot,
      },
    };
  };

  return {
    async plan(request) {
      if (request.preview !== null) return fromKnown(known.get(request.preview), request, options);
      refuseBackwards(request);
      return keep(await (request.stage === 'processor' ? planProcessor(request) : planProducer(request)));
    },
    async query(spec, lastMs, maxEvents) {
      const kafka = await options.kafka();
      await options.topics();
      const args = { kafka, spec, fromMs: clock.now() - lastMs, maxEvents, budgetMs: 2 * LOOK_MS };
      return QueryPreview.parse(await scout.ask(SCOUT_CALLS.query, args, ASK_TIMEOUT_MS));
    },
  };
}

function lineOrThrow(options: Pick<PreviewsOptions, 'line'>): LiveLine {
  const line = options.line(null);
  if (line === null) throw new Error('There is always a live query.');
  return line;
}

/** The preview that a request names, unless it is gone or was of something else. */
function fromKnown(
  planned: Planned | undefined,
  request: ReplayRequest,
  options: Pick<PreviewsOptions, 'obstacles'>,
): Planned {
  if (planned === undefined || sameQuestion(planned.request) !== sameQuestion(request)) {
    throw new LiveDbError({
      code: 'replay.preview-gone',
      message:
        planned === undefined
          ? 'The preview that this replay names is no longer known.'
          : 'The preview that this replay names was of another range, speed or question.',
      remedy: 'Look at the preview again, then start; nothing was changed.',
    });
  }
  // What else runs by now may stand in its way, or no longer.
  const stood = planned.preview.conflicts.filter(({ code }) => !OBSTACLES.has(code));
  const conflicts = [...options.obstacles(request, planned.line), ...stood];
  return {
    ...planned,
    request,
    plan: { ...planned.plan, request },
    preview: { ...planned.preview, conflicts },
  };
}

/** Codes that `obstacles` gives. */
const OBSTACLES: ReadonlySet<string> = new Set(['busy', 'name-taken', 'rewinding']);

const sameQuestion = (request: ReplayRequest) => JSON.stringify({ ...request, preview: null, name: null });
