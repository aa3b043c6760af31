// What the fields of a query hold while it is typed, and the query they make. Pure; used by QueryForm and its callers.
import { type Aggregate, QuerySpec } from '../../../shared/query.ts';
import { formatDuration } from '../../components/format.ts';
import { parseDuration } from '../../components/quantities.ts';

export type WindowKind = QuerySpec['window']['kind'];
export type Mode = QuerySpec['filter']['modes'][number];

/** Durations and amounts as they are typed; a list of names that is empty means all. */
export interface QueryDraft {
  name: string;
  kind: WindowKind;
  size: string;
  slide: string;
  gap: string;
  groupBy: QuerySpec['groupBy'];
  orgs: readonly string[];
  regions: readonly string[];
  minAmount: string;
  maxAmount: string;
  modes: readonly Mode[];
  aggregates: readonly Aggregate[];
  outOfOrderness: string;
  allowedLateness: string;
  idleTimeout: string;
}

/** The fields that can be at fault. */
export type QueryField = Exclude<keyof QueryDraft, 'kind'>;
export type QueryFaults = Partial<Record<QueryField, string>>;
export type QueryOutcome = { spec: QuerySpec; faults: QueryFaults } | { spec: null; faults: QueryFaults };

/** The fields of a query that there is. What its kind of window does not have is filled in for a change of mind. */
export function draftOf(spec: QuerySpec): QueryDraft {
  const { window, filter } = spec;
  const size = window.kind === 'session' ? 10_000 : window.sizeMs;
  return {
    name: spec.name,
    kind: window.kind,
    size: formatExact(size),
    slide: formatExact(window.kind === 'hopping' ? window.slideMs : Math.max(100, size / 5)),
    gap: formatExact(window.kind === 'session' ? window.gapMs : 5_000),
    groupBy: spec.groupBy,
    orgs: filter.orgs ?? [],
    regions: filter.regions ?? [],
    minAmount: filter.minAmount ?? '',
    maxAmount: filter.maxAmount ?? '',
    modes: filter.modes,
    aggregates: spec.aggregates,
    outOfOrderness: formatExact(spec.outOfOrdernessMs),
    allowedLateness: formatExact(spec.allowedLatenessMs),
    idleTimeout: formatExact(spec.idleTimeoutMs),
  };
}

/** A new query: as `like`, under a name that is free. */
export function newDraft(like: QuerySpec, taken: readonly string[]): QueryDraft {
  let number = 1;
  while (taken.includes(`query-${number}`)) number += 1;
  return draftOf({ ...like, name: `query-${number}` });
}

/** The query, or what is wrong, field by field. `taken`: names that other queries have. */
export function specOf(draft: QueryDraft, taken: readonly string[] = []): QueryOutcome {
  const faults: QueryFaults = {};
  const duration = (field: QueryField, text: string): number => {
    const ms = parseDuration(text);
    if (ms === null) faults[field] = 'A duration, for example 10 s.';
    return ms ?? 0;
  };
  const amount = (field: QueryField, text: string): string | null => {
    const plain = text.replace(/[\s,_]/g, '');
    if (plain === '') return null;
    if (!/^-?\d+(\.\d{1,2})?$/.test(plain)) faults[field] = 'An amount, for example 100 or 99.95.';
    return plain;
  };
  const window = () => {
    switch (draft.kind) {
      case 'tumbling':
        return { kind: draft.kind, sizeMs: duration('size', draft.size) };
      case 'hopping':
        return {
          kind: draft.kind,
          sizeMs: duration('size', draft.size),
          slideMs: duration('slide', draft.slide),
        };
      case 'session':
        return { kind: draft.kind, gapMs: duration('gap', draft.gap) };
    }
  };
  const parsed = QuerySpec.safeParse({
    name: draft.name.trim(),
    window: window(),
    groupBy: draft.groupBy,
    filter: {
      orgs: draft.orgs.length === 0 ? null : draft.orgs,
      regions: draft.regions.length === 0 ? null : draft.regions,
      minAmount: amount('minAmount', draft.minAmount),
      maxAmount: amount('maxAmount', draft.maxAmount),
      modes: draft.modes,
    },
    aggregates: draft.aggregates,
    outOfOrdernessMs: duration('outOfOrderness', draft.outOfOrderness),
    allowedLatenessMs: duration('allowedLateness', draft.allowedLateness),
    idleTimeoutMs: duration('idleTimeout', draft.idleTimeout),
  });
  for (const issue of parsed.error?.issues ?? []) {
    const field = fieldOf(issue.path, draft.kind);
    faults[field] ??= saidOf(issue, field);
  }
  if (taken.includes(draft.name.trim())) faults.name = 'Another query has this name.';
  return parsed.success && Object.keys(faults).length === 0
    ? { spec: parsed.data, faults }
    : { spec: null, faults };
}

type Issue = NonNullable<ReturnType<typeof QuerySpec.safeParse>['error']>['issues'][number];

function fieldOf(path: readonly PropertyKey[], kind: WindowKind): QueryField {
  const [head, below] = path;
  if (head === 'window') {
    if (below === 'gapMs' || kind === 'session') return 'gap';
    return below === 'slideMs' || (below === undefined && kind === 'hopping') ? 'slide' : 'size';
  }
  if (head === 'filter') return FILTER_FIELDS.find((field) => field === below) ?? 'minAmount';
  return FIELDS[String(head)] ?? 'name';
}

const FILTER_FIELDS = ['orgs', 'regions', 'minAmount', 'maxAmount', 'modes'] as const;
const FIELDS: Readonly<Record<string, QueryField>> = {
  name: 'name',
  groupBy: 'groupBy',
  aggregates: 'aggregates',
  outOfOrdernessMs: 'outOfOrderness',
  allowedLatenessMs: 'allowedLateness',
  idleTimeoutMs: 'idleTimeout',
};

const DURATIONS: ReadonlySet<QueryField> = new Set<QueryField>([
  'size',
  'slide',
  'gap',
  'outOfOrderness',
  'allowedLateness',
  'idleTimeout',
]);

function saidOf(issue: Issue, field: QueryField): string {
  const bound = (value: number | bigint) =>
    DURATIONS.has(field) ? formatDuration(Number(value)) : String(value);
  if (field === 'name' && issue.code === 'too_small') return 'A name is needed.';
  if (issue.code === 'too_small' && issue.origin === 'number') return `At least ${bound(issue.minimum)}.`;
  if (issue.code === 'too_big' && issue.origin === 'number') return `At most ${bound(issue.maximum)}.`;
  if (field === 'name' && issue.code === 'too_big') return `At most ${issue.maximum} characters.`;
  const text = issue.message;
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
}

/** As formatDuration, but never rounded: 90061 ms stays what it is. */
function formatExact(ms: number): string {
  const text = formatDuration(ms);
  return parseDuration(text) === ms ? text : `${ms} ms`;
}
