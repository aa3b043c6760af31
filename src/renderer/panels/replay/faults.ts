// What is wrong with the wizard's fields, field by field. Pure; used by request.ts.
import { fromLocalInput } from '../../components/local-time.ts';
import { parseCount, parseDuration } from '../../components/quantities.ts';
import { specOf } from '../query/draft.ts';
import { type Draft, type Fault, type Place, type Range, rangeOf, targetOf, whole } from './draft.ts';

const DAY = 86_400_000;
const MAX_DURATION_MS = 3_650 * DAY;
const NAME_LENGTH = 80;

/** What a person must still enter or correct, field by field from top to bottom; null when nothing is wrong. */
export function faultIn(draft: Draft): Fault | null {
  return rangeFault(draft) ?? speedFault(draft) ?? questionFault(draft) ?? nameFault(draft);
}

function rangeFault(draft: Draft): Fault | null {
  const range = rangeOf(draft);
  switch (range) {
    case 'all':
      return null;
    case 'duration': {
      const ms = parseDuration(draft.duration);
      if (ms === null || ms < 1) return fault('duration', 'Give a duration, for example 10 min.');
      return ms > MAX_DURATION_MS ? fault('duration', 'At most ten years.') : null;
    }
    case 'time':
      return fromLocalInput(draft.start) === null ? fault('start', 'Give a date and a time.') : null;
    case 'between': {
      const [start, end] = [fromLocalInput(draft.start), fromLocalInput(draft.end)];
      if (start === null) return fault('start', 'Give a date and a time.');
      if (end === null) return fault('end', 'Give a date and a time.');
      return end <= start ? fault('end', 'The end comes after the start.') : null;
    }
    case 'last': {
      const count = parseCount(draft.count);
      if (count === null || count < 1) return fault('count', 'Give a whole number, 1 or more.');
      return count > 1_000_000_000 ? fault('count', 'At most 1,000,000,000.') : null;
    }
    case 'shift': {
      const given = Object.values(draft.shift).filter((by) => by.trim() !== '');
      if (given.length === 0) return fault('shift', 'Say for at least one partition how far to go back.');
      const wrong = given.some((by) => (parseCount(by) ?? 0) < 1);
      return wrong ? fault('shift', 'Each shift is a whole number of events, 1 or more.') : null;
    }
    case 'offsets':
      return offsetsFault(draft);
    case 'id': {
      if (!isId(draft.firstId)) return fault('ids', 'A row id is a whole number.');
      if (draft.lastId.trim() === '') return null;
      if (!isId(draft.lastId))
        return fault('ids', 'A row id is a whole number; empty reads to the newest row.');
      const backwards = BigInt(whole(draft.lastId)) < BigInt(whole(draft.firstId));
      return backwards ? fault('ids', 'The last id is not below the first.') : null;
    }
  }
}

function offsetsFault({ offsets, source, eventTarget }: Draft): Fault | null {
  const entries = Object.values(offsets);
  const read = entries.filter(({ from }) => from.trim() !== '');
  if (read.length === 0) return fault('offsets', 'Give a first offset for at least one partition.');
  const endsCount = source === 'events' && eventTarget === 'branch';
  for (const { from, to } of read) {
    if (!/^\d+$/.test(whole(from))) return fault('offsets', 'An offset is a whole number, 0 or more.');
    if (!endsCount || to.trim() === '') continue;
    if (!/^\d+$/.test(whole(to))) return fault('offsets', 'An offset is a whole number, 0 or more.');
    if (BigInt(whole(to)) < BigInt(whole(from)))
      return fault('offsets', 'The end of a partition is not before its first offset.');
  }
  return null;
}

function speedFault(draft: Draft): Fault | null {
  const { pace, factor } = draft;
  if (pace !== 'times') return null;
  const times = Number(factor);
  const right = factor.trim() !== '' && Number.isFinite(times) && times >= 0.1 && times <= 1_000;
  return right ? null : fault('factor', '0.1 to 1,000 times as fast as the events came.');
}

function questionFault(draft: Draft): Fault | null {
  if (targetOf(draft) !== 'branch' || draft.question === 'live') return null;
  const { spec } = specOf(draft.query);
  return spec === null ? fault('query', 'The query of the branch is not complete.') : null;
}

function nameFault({ name }: Draft): Fault | null {
  return name.trim().length > NAME_LENGTH ? fault('name', `At most ${NAME_LENGTH} characters.`) : null;
}

/** The field of the wizard that a field of the request comes from. */
export function placeOf(draft: Draft, field: PropertyKey | undefined): Place {
  if (field === 'name') return 'name';
  if (field === 'speed') return 'factor';
  if (field === 'query') return 'query';
  const places: Record<Range, Place> = {
    all: 'start',
    duration: 'duration',
    time: 'start',
    between: field === 'to' ? 'end' : 'start',
    last: 'count',
    offsets: 'offsets',
    shift: 'shift',
    id: 'ids',
  };
  return places[rangeOf(draft)];
}

function fault(place: Place, text: string): Fault {
  return { place, text };
}

function isId(text: string): boolean {
  return /^-?\d+$/.test(whole(text));
}
