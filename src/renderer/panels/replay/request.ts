// The request that the wizard's fields make, or what is still missing for one. Pure; used by the wizard.
import { ReplayRequest } from '../../../shared/replay.ts';
import { fromLocalInput } from '../../components/local-time.ts';
import { parseCount, parseDuration } from '../../components/quantities.ts';
import { specOf } from '../query/draft.ts';
import { type Draft, type Fault, whole } from './draft.ts';
import { faultIn, placeOf } from './faults.ts';

export type DraftOutcome = { request: ReplayRequest; fault: null } | { request: null; fault: Fault };

/** The request, or the first thing that is still missing for one. */
export function requestOf(draft: Draft): DraftOutcome {
  const fault = faultIn(draft);
  if (fault !== null) return { request: null, fault };
  const name = draft.name.trim() === '' ? null : draft.name.trim();
  const shared = { speed: speedOf(draft), name };
  const parsed = ReplayRequest.safeParse(
    draft.source === 'rows'
      ? { stage: 'producer', target: 'republish', ...rowRange(draft), ...shared }
      : draft.eventTarget === 'rewind'
        ? {
            stage: 'processor',
            target: 'rewind',
            ...eventRange(draft),
            line: draft.line,
            ...shared,
            to: null,
          }
        : {
            stage: 'processor',
            target: 'branch',
            ...eventRange(draft),
            query: draft.question === 'own' ? specOf(draft.query).spec : null,
            ...shared,
          },
  );
  if (parsed.success) return { request: parsed.data, fault: null };
  const issue = parsed.error.issues[0];
  return {
    request: null,
    fault: { place: placeOf(draft, issue?.path[0]), text: issue?.message ?? 'This cannot be replayed.' },
  };
}

interface Range {
  from: unknown;
  to: unknown;
}

/** The ranges that events and rows have in common. */
function rangeOf(draft: Draft, kind: Exclude<Draft['eventRange'], 'shift' | 'offsets'>): Range {
  switch (kind) {
    case 'all':
      return { from: { kind: 'beginning' }, to: null };
    case 'duration':
      return { from: { kind: 'duration', ms: parseDuration(draft.duration) }, to: null };
    case 'time':
      return { from: timeAt(draft.start), to: null };
    case 'between':
      return { from: timeAt(draft.start), to: timeAt(draft.end) };
    case 'last':
      return { from: { kind: 'last', count: parseCount(draft.count) }, to: null };
  }
}

function eventRange(draft: Draft): Range {
  switch (draft.eventRange) {
    case 'shift':
      return { from: { kind: 'shift', by: shiftBy(draft) }, to: null };
    case 'offsets':
      return offsetRange(draft);
    default:
      return rangeOf(draft, draft.eventRange);
  }
}

function offsetRange({ offsets }: Draft): Range {
  const read = Object.entries(offsets).filter(([, { from }]) => from.trim() !== '');
  const ends = read.filter(([, { to }]) => to.trim() !== '');
  return {
    from: {
      kind: 'offsets',
      offsets: Object.fromEntries(read.map(([partition, { from }]) => [partition, whole(from)])),
    },
    to:
      ends.length === 0
        ? null
        : {
            kind: 'offsets',
            offsets: Object.fromEntries(ends.map(([partition, { to }]) => [partition, whole(to)])),
          },
  };
}

/** Back by so many events: a negative shift of each partition. */
function shiftBy({ shift }: Draft): Record<string, number> {
  const entries = Object.entries(shift).filter(([, by]) => by.trim() !== '');
  return Object.fromEntries(entries.map(([partition, by]) => [partition, -Math.abs(parseCount(by) ?? 0)]));
}

function rowRange(draft: Draft): Range {
  switch (draft.rowRange) {
    case 'id':
      return {
        from: { kind: 'id', id: whole(draft.firstId) },
        to: draft.lastId.trim() === '' ? null : { kind: 'id', id: whole(draft.lastId) },
      };
    default:
      return rangeOf(draft, draft.rowRange);
  }
}

function speedOf(draft: Draft): unknown {
  switch (draft.pace) {
    case 'max':
      return { kind: 'max' };
    case 'real':
      return { kind: 'times', factor: 1 };
    case 'times':
      return { kind: 'times', factor: Number(draft.factor) };
  }
}

function timeAt(text: string): { kind: 'time'; at: string } {
  return { kind: 'time', at: new Date(fromLocalInput(text) ?? Number.NaN).toISOString() };
}
