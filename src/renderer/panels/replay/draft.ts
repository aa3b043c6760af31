// What the replay dialog's fields hold, and the request they make. Pure; used by the dialog.
import { EVENTS_TOPIC } from '../../../shared/names.ts';
import { ReplayRequest } from '../../../shared/replay.ts';
import { formatCount, formatDateTime, formatDuration } from '../../components/format.ts';
import { fromLocalInput, toLocalInput } from '../../components/local-time.ts';

export type ReplayStage = ReplayRequest['stage'];
export type ProcessorFromKind = Extract<ReplayRequest, { stage: 'processor' }>['from']['kind'];
export type ProducerFromKind = Extract<ReplayRequest, { stage: 'producer' }>['from']['kind'];

export interface Draft {
  stage: ReplayStage;
  processorFrom: ProcessorFromKind;
  producerFrom: ProducerFromKind;
  /** By partition; an empty text leaves the partition out. */
  offsets: Readonly<Record<string, string>>;
  /** Local time as the field has it. */
  time: string;
  count: string;
  id: string;
}

export function newDraft(stage: ReplayStage, now: number): Draft {
  return {
    stage,
    processorFrom: 'beginning',
    producerFrom: 'beginning',
    offsets: {},
    time: toLocalInput(now - 600_000),
    count: '10000',
    id: '1',
  };
}

export type DraftOutcome = { request: ReplayRequest; fault: null } | { request: null; fault: string };

/** The request, or what is still missing for one. */
export function requestOf(draft: Draft): DraftOutcome {
  const parsed = ReplayRequest.safeParse(
    draft.stage === 'processor'
      ? { stage: 'processor', from: processorFrom(draft) }
      : {
          stage: 'producer',
          from:
            draft.producerFrom === 'beginning' ? { kind: 'beginning' } : { kind: 'id', id: draft.id.trim() },
        },
  );
  return parsed.success ? checked(parsed.data) : { request: null, fault: faultOf(draft) };
}

function processorFrom(draft: Draft): unknown {
  switch (draft.processorFrom) {
    case 'beginning':
      return { kind: 'beginning' };
    case 'offsets': {
      const named = Object.entries(draft.offsets).filter(([, offset]) => offset.trim() !== '');
      return {
        kind: 'offsets',
        offsets: Object.fromEntries(named.map(([id, offset]) => [id, offset.trim()])),
      };
    }
    case 'time': {
      const at = fromLocalInput(draft.time);
      return { kind: 'time', at: at === null ? '' : new Date(at).toISOString() };
    }
    case 'last':
      return { kind: 'last', count: /^\d+$/.test(draft.count) ? Number(draft.count) : Number.NaN };
    case 'duration':
    case 'shift':
      return null;
  }
}

function checked(request: ReplayRequest): DraftOutcome {
  const from = request.from;
  if (from.kind === 'offsets' && Object.keys(from.offsets).length === 0) {
    return { request: null, fault: 'Give an offset for at least one partition.' };
  }
  return { request, fault: null };
}

function faultOf(draft: Draft): string {
  if (draft.stage === 'producer') return 'A row id is a whole number.';
  switch (draft.processorFrom) {
    case 'offsets':
      return 'An offset is a whole number, 0 or more.';
    case 'time':
      return 'Give a date and a time.';
    case 'last':
      return 'Give a number of events, 1 or more.';
    case 'beginning':
    case 'duration':
    case 'shift':
      return 'This cannot be replayed.';
  }
}

/** The request in words, for the list of replays. */
export function wordsOf({ stage, from }: Pick<ReplayRequest, 'stage' | 'from'>): string {
  switch (from.kind) {
    case 'beginning':
      return stage === 'processor' ? `${EVENTS_TOPIC} from the beginning` : 'all rows';
    case 'offsets': {
      const places = Object.entries(from.offsets).map(([partition, offset]) => `${partition}:${offset}`);
      return `from offset ${places.join(', ')}`;
    }
    case 'time':
      return `from ${formatDateTime(Date.parse(from.at))}`;
    case 'last':
      return `the last ${formatCount(from.count)} events`;
    case 'id':
      return `rows from id ${from.id}`;
    case 'duration':
      return `the last ${formatDuration(from.ms)}`;
    case 'shift':
      return 'counted from the present position';
  }
}
