// The life of one row, put together from what stands in the table, in the topics and in the history. Called by proof.ts
// for the command `row.xray`.
import { LiveDbError } from '../../shared/errors.ts';
import { EVENT_HEADERS, LiveEvent, resultKey, WindowResult } from '../../shared/event.ts';
import type { QuerySpec } from '../../shared/query.ts';
import type { TopicRecord } from '../../shared/topics.ts';
import type { RowXray, XrayStation, XrayStationName, XrayWindow } from '../../shared/xray.ts';
import type { History, Passed } from '../history/port.ts';
import type { Passages } from './passages.ts';
import type { TopicAdmin } from './ports.ts';
import type { XrayRow } from './xray.sql.ts';

/** Clocks of two machines may differ by this much, and a row's created_at is older than its event anyway, ms. */
const EARLIER_MS = 2_000;
const EVENT_BUDGET_MS = 8_000;
const WINDOW_BUDGET_MS = 2_000;
/** A row is in one window a query; with hopping windows in a few. */
const MAX_WINDOWS = 16;

export interface XrayOptions {
  topic(): string;
  resultsTopic(): string;
  row(id: string): Promise<XrayRow | null>;
  topics(): Pick<TopicAdmin, 'findByKey'>;
  passages: Pick<Passages, 'find'>;
  history: Pick<History, 'passed' | 'windowsAt'>;
  query(): QuerySpec;
}

/** Throws `row.unknown` when neither the table nor the topic has such a row. */
export async function xray(id: string, options: XrayOptions): Promise<RowXray> {
  const notes: string[] = [];
  const row = await options.row(id);
  const near = row?.committedMs ?? row?.createdMs ?? 0;
  const found = await options.topics().findByKey({
    topic: options.topic(),
    key: id,
    fromMs: near - EARLIER_MS,
    budgetMs: EVENT_BUDGET_MS,
    enough: (records) => records.some(isNormal),
  });
  const record = found.records.find(isNormal) ?? null;
  if (row === null && record === null) {
    throw new LiveDbError({
      code: 'row.unknown',
      message: `Neither the table nor the topic has a row with the id ${id}${found.complete ? '' : ', as far as was read'}.`,
      remedy: 'Look up the id in the table or in the topic panel.',
    });
  }
  if (row === null)
    notes.push('The table has no such row any more: it was deleted after it had been published.');
  if (record === null) {
    notes.push(
      found.complete
        ? 'The topic holds no event of this row: it is not published yet, or its event was deleted.'
        : `Its event was not found within ${EVENT_BUDGET_MS / 1000} s of reading; it may stand further on.`,
    );
  }
  const passed = record === null ? null : passedOf(record, options);
  const event = record === null ? null : eventOf(record);
  const at = row?.createdMs ?? (event === null ? null : Date.parse(event.meta.created_at));
  const org = event?.payload.org ?? row?.org ?? '';
  const region = event?.payload.region ?? row?.region ?? '';
  const windows = at === null || record === null ? [] : await windowsOf(at, org, region, options);
  return {
    id,
    row:
      row === null
        ? null
        : { org: row.org, amount: row.amount, region: row.region, createdAt: row.createdAt, tx: row.tx },
    event:
      record === null ? null : { topic: options.topic(), partition: record.partition, offset: record.offset },
    stations: withGaps([
      written(row, event),
      committed(row),
      captured(record),
      published(record),
      ...passage(record, passed),
    ]),
    windows,
    notes,
  };
}

function isNormal(record: TopicRecord): boolean {
  return eventOf(record)?.meta.mode === 'normal';
}

function eventOf(record: TopicRecord): LiveEvent | null {
  try {
    return LiveEvent.parse(JSON.parse(record.value ?? 'null'));
  } catch {
    return null; // Not an event: somebody else's record with this key.
  }
}

const station = (
  name: XrayStationName,
  at: number | null,
  note: string,
  after: number | null = null,
): XrayStation => ({ name, at, after, gapMs: null, note });

function written(row: XrayRow | null, event: LiveEvent | null): XrayStation {
  if (row?.createdMs != null) return station('written', row.createdMs, 'created_at of the row');
  if (event !== null) return station('written', Date.parse(event.meta.created_at), 'created_at in the event');
  return station('written', null, 'The row has no created_at.');
}

function committed(row: XrayRow | null): XrayStation {
  if (row === null) return station('committed', null, 'The row is gone, and its commit time with it.');
  if (row.committedMs !== null) {
    return station('committed', row.committedMs, 'commit time of its transaction, from PostgreSQL');
  }
  return station(
    'committed',
    null,
    row.commitTimes
      ? 'PostgreSQL does not know when its transaction was committed: it is older than the keeping of commit times.'
      : 'This server keeps no commit times (track_commit_timestamp is off).',
  );
}

function captured(record: TopicRecord | null): XrayStation {
  if (record === null) return station('captured', null, 'No event was found.');
  const at = Number(record.headers[EVENT_HEADERS.capturedAt]);
  if (!Number.isFinite(at) || at <= 0)
    return station('captured', null, 'The event does not carry the time of its capture.');
  return station('captured', at, `read by the producer (header ${EVENT_HEADERS.capturedAt})`);
}

function published(record: TopicRecord | null): XrayStation {
  if (record === null) return station('published', null, 'No event was found.');
  return station('published', record.timestamp, "timestamp of the record: the start of its batch's sending");
}

function passedOf(record: TopicRecord, options: XrayOptions): Passed | null {
  const offset = Number(record.offset);
  return (
    options.passages.find(record.partition, offset) ??
    options.history.passed(record.partition, offset, record.timestamp - EARLIER_MS)
  );
}

function passage(record: TopicRecord | null, passed: Passed | null): XrayStation[] {
  if (record === null || passed === null) {
    const why =
      record === null
        ? 'No event was found.'
        : 'Not processed yet, or longer ago than the history keeps (one day).';
    return [station('processed', null, why), station('screen', null, why)];
  }
  // It cannot have been processed before it was sent.
  const after = Math.min(passed.at, Math.max(passed.after ?? record.timestamp, record.timestamp));
  return [
    station('processed', passed.at, 'the processor said that it had read beyond it', after),
    passed.frameAt === null
      ? station('screen', null, 'When the next frame left is not known.')
      : station('screen', passed.frameAt, 'the first frame that left for the screen after it'),
  ];
}

/** Clocks of two machines disagree by less than this, ms. */
const CLOCKS_MS = 1_000;

/** The time from the last known station before to each known one; from a date ahead of what came next there is none. */
export function withGaps(stations: XrayStation[]): XrayStation[] {
  const [first, ...rest] = stations;
  const next = rest.find(({ at }) => at !== null);
  if (first?.name === 'written' && first.at !== null && next?.at != null && first.at > next.at + CLOCKS_MS) {
    const note = `dated ${durationText(first.at - next.at)} ahead; when it was written is not known`;
    return [{ ...first, note }, ...gapsBetween(rest)];
  }
  return gapsBetween(stations);
}

/** "1 h 5 min", "3 s". */
function durationText(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const;
  const first = parts.findIndex(([count]) => count > 0);
  const two = parts.slice(first, first + 2).filter(([count]) => count > 0);
  return two.map(([count, unit]) => `${count} ${unit}`).join(' ');
}

function gapsBetween(stations: XrayStation[]): XrayStation[] {
  let last: number | null = null;
  return stations.map((one) => {
    if (one.at === null) return one;
    const gapMs = last === null ? null : one.at - last;
    last = one.at;
    return { ...one, gapMs };
  });
}

async function windowsOf(
  at: number,
  org: string,
  region: string,
  options: XrayOptions,
): Promise<XrayWindow[]> {
  const known = options.history.windowsAt(at, org, region).slice(-MAX_WINDOWS);
  const published = await Promise.all(known.map((result) => publishedWindow(result, options)));
  const query = options.query();
  const field = query.groupBy[0] ?? 'org';
  if (published.some((one) => one.query === query.name && one.group[field] !== undefined)) return published;
  const open = openWindow(at, query, field === 'org' ? { org } : { region });
  return open === null ? published : [...published, open];
}

async function publishedWindow(result: WindowResult, options: XrayOptions): Promise<XrayWindow> {
  const { query, window, group, count, sum } = result;
  const found = await options.topics().findByKey({
    topic: options.resultsTopic(),
    key: resultKey({ window, group }),
    fromMs: Date.parse(window.end) - EARLIER_MS,
    budgetMs: WINDOW_BUDGET_MS,
    enough: (records) => records.some((one) => (revisionOf(one, result) ?? -1) >= result.revision),
  });
  const revisions = found.records.flatMap((record) => {
    const revision = revisionOf(record, result);
    const { partition, offset, timestamp } = record;
    return revision === null ? [] : [{ revision, partition, offset, at: timestamp }];
  });
  return { query, window, group, state: 'published', count, sum: sum ?? null, revisions };
}

/** The revision of a record of this very window and query; null for another's. */
function revisionOf(record: TopicRecord, wanted: WindowResult): number | null {
  try {
    const { query, group, revision } = WindowResult.parse(JSON.parse(record.value ?? 'null'));
    return query === wanted.query && (group.org === undefined) === (wanted.group.org === undefined)
      ? revision
      : null;
  } catch {
    return null; // Not a result: somebody else's record with this key.
  }
}

/** The window that the present query would count the row in; null where that cannot be told beforehand. */
function openWindow(at: number, query: QuerySpec, group: XrayWindow['group']): XrayWindow | null {
  if (query.window.kind !== 'tumbling') return null;
  const { sizeMs } = query.window;
  const start = Math.floor(at / sizeMs) * sizeMs;
  const window = {
    kind: 'tumbling' as const,
    start: new Date(start).toISOString(),
    end: new Date(start + sizeMs).toISOString(),
  };
  return { query: query.name, window, group, state: 'open', count: null, sum: null, revisions: [] };
}
