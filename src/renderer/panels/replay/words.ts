// A replay in words: what it reads, where to, how fast, what came of it, and what leaving it would mean. Pure.
import type { ReplayRequest, ReplayStatus } from '../../../shared/replay.ts';
import { formatCount, formatDateTime, formatDuration } from '../../components/format.ts';
import type { Target } from './draft.ts';

export const TARGETS: Record<Target, { name: string; says: string }> = {
  branch: {
    name: 'Branch',
    says: 'A second processor reads these events beside the live one; its windows are kept and compared, and nothing is published.',
  },
  rewind: {
    name: 'Rewind',
    says: 'The live query goes back, counts the touched windows again and publishes them as the next revision; Undo brings back the state from before.',
  },
  republish: {
    name: 'Re-publish',
    says: 'Rows of the table go to the topic again, marked “replay”; the producer’s position and the live results stay as they are.',
  },
};

/** What is counted: events of the topic, or rows of the table. */
export function nounOf({ stage }: Pick<ReplayStatus, 'stage'>, count = 2): string {
  const noun = stage === 'processor' ? 'event' : 'row';
  return count === 1 ? noun : `${noun}s`;
}

/** The name that a person gave, else what it reads. */
export function titleOf({ name, request }: Pick<ReplayStatus, 'name' | 'request'>): string {
  return name ?? capitalised(rangeWords(request));
}

/** The range of a request, for lists: "the last 10 min". */
export function rangeWords(request: ReplayRequest): string {
  const { from } = request;
  const events = request.stage === 'processor';
  const end = request.to == null ? '' : endWords(request.to);
  switch (from.kind) {
    case 'beginning':
      return end === '' ? (events ? 'all events' : 'all rows') : `from the beginning${end}`;
    case 'offsets': {
      const ends = request.to?.kind === 'offsets' ? request.to.offsets : {};
      const places = Object.entries(from.offsets).map(
        ([partition, offset]) =>
          `${partition}: ${offset}${ends[partition] === undefined ? '' : `–${ends[partition]}`}`,
      );
      return `from offset ${places.join(', ')}`;
    }
    case 'time':
      return `from ${formatDateTime(Date.parse(from.at))}${end}`;
    case 'last':
      return `the last ${formatCount(from.count)} ${events ? 'events' : 'rows'}`;
    case 'duration':
      return `the last ${formatDuration(from.ms)}`;
    case 'shift': {
      if (typeof from.by === 'number') return shifted(from.by);
      return Object.entries(from.by)
        .map(([partition, by]) => `${shifted(by)} in partition ${partition}`)
        .join(', ');
    }
    case 'id':
      return request.to?.kind === 'id' ? `rows ${from.id} to ${request.to.id}` : `rows from id ${from.id}`;
  }
}

function endWords(to: NonNullable<ReplayRequest['to']>): string {
  switch (to.kind) {
    case 'time':
      return ` to ${formatDateTime(Date.parse(to.at))}`;
    case 'id':
      return ` to id ${to.id}`;
    case 'offsets':
    case 'now':
      return '';
  }
}

function shifted(by: number): string {
  return `${formatCount(Math.abs(by))} events ${by < 0 ? 'back' : 'on'}`;
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function speedWords(speed: ReplayRequest['speed']): string {
  if (speed.kind === 'max') return 'as fast as possible';
  return speed.factor === 1 ? 'in real time' : `${speed.factor} times as fast as it happened`;
}
