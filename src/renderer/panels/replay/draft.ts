// What the wizard's fields hold. Pure; used by the wizard's steps.
import type { QuerySpec } from '../../../shared/query.ts';
import type { ReplayTarget } from '../../../shared/replay.ts';
import { toLocalInput } from '../../components/local-time.ts';
import { draftOf, type QueryDraft } from '../query/draft.ts';

export type Source = 'events' | 'rows';
export type Target = ReplayTarget;
export type EventRange = 'all' | 'duration' | 'time' | 'between' | 'last' | 'offsets' | 'shift';
export type RowRange = 'all' | 'duration' | 'time' | 'between' | 'last' | 'id';
export type Range = EventRange | RowRange;
export type Pace = 'max' | 'real' | 'times';

/** A stretch of time, epoch ms. */
export interface Stretch {
  from: number;
  to: number;
}

export interface Draft {
  source: Source;
  eventRange: EventRange;
  rowRange: RowRange;
  /** Of events; rows can only be published again. */
  eventTarget: Exclude<Target, 'republish'>;
  /** Local times as their fields have them. */
  start: string;
  end: string;
  duration: string;
  count: string;
  /** Events to go back in each partition; an empty text leaves the partition where it is. */
  shift: Readonly<Record<string, string>>;
  /** By partition; an empty first offset leaves the partition out, an empty end reads up to now. */
  offsets: Readonly<Record<string, { from: string; to: string }>>;
  firstId: string;
  lastId: string;
  pace: Pace;
  factor: string;
  /** What a branch asks: as the live query, or a question of its own. */
  question: 'live' | 'own';
  query: QueryDraft;
  /** Which query is rewound; null: the live one. */
  line: string | null;
  name: string;
}

/** Where a fault belongs: the field that must be changed. */
export type Place =
  | 'start'
  | 'end'
  | 'duration'
  | 'count'
  | 'shift'
  | 'offsets'
  | 'ids'
  | 'factor'
  | 'query'
  | 'name';
export interface Fault {
  place: Place;
  text: string;
}

export function newDraft(source: Source, now: number, live: QuerySpec, between?: Stretch): Draft {
  return {
    source,
    eventRange: between === undefined ? 'duration' : 'between',
    rowRange: between === undefined ? 'duration' : 'between',
    eventTarget: 'branch',
    start: toLocalInput(between?.from ?? now - 600_000),
    // The fields know whole seconds: a stretch is widened to them, never narrowed.
    end: toLocalInput(Math.ceil((between?.to ?? now) / 1_000) * 1_000),
    duration: '10 min',
    count: '10,000',
    shift: {},
    offsets: {},
    firstId: '1',
    lastId: '',
    pace: 'max',
    factor: '10',
    question: 'live',
    query: draftOf({ ...live, name: 'branch' }),
    line: null,
    name: '',
  };
}

export function targetOf(draft: Draft): Target {
  return draft.source === 'rows' ? 'republish' : draft.eventTarget;
}

export function rangeOf(draft: Draft): Range {
  return draft.source === 'rows' ? draft.rowRange : draft.eventRange;
}

/** "1,204" and " 1204 " → "1204". */
export function whole(text: string): string {
  return text.replace(/[\s,_]/g, '');
}
