// What came of a replay, in one sentence. Pure; replays.ts puts it into the status.
import type { LiveDbErrorData } from '../../shared/errors.ts';
import type { ReplayStatus } from '../../shared/replay.ts';

const count = (value: number) => value.toLocaleString('en-US');

/** `lastId`: the last row of a re-publish that stands in the topic. */
export function outcomeOf(status: ReplayStatus, lastId: string | null): string {
  const part = `${count(status.done)} of ${count(status.total)}`;
  switch (status.target) {
    case 'branch':
      return branchOutcome(status, part);
    case 'republish':
      return republishOutcome(status, part, lastId);
    case 'rewind':
      return rewindOutcome(status);
  }
}

function branchOutcome(status: ReplayStatus, part: string): string {
  const { late } = status;
  const events = late === 1 ? 'event' : 'events';
  const tooLate = late === 0 ? '' : ` ${count(late)} ${events} came too late for its query.`;
  return `${resultsOutcome(status, part)}${tooLate}`;
}

function resultsOutcome(status: ReplayStatus, part: string): string {
  const { state, windows, compared, different, cut, liveOnly, line } = status;
  if (state !== 'done')
    return `It read ${part} events; the ${count(windows)} results of these are kept. The live line was not touched.`;
  const says = status.comparison === null ? '' : ` ${status.comparison}`;
  const lacks =
    liveOnly === 0
      ? ''
      : `; ${count(liveOnly)} ${liveOnly === 1 ? 'window' : 'windows'} of "${line ?? 'live'}" in the range ${liveOnly === 1 ? 'is' : 'are'} not in it`;
  if (compared === 0 && cut > 0 && cut === windows)
    return `${count(windows)} results of ${count(status.done)} events; the range cuts all of their windows (other events of these lie outside it), so none is compared with "${line ?? 'live'}"${lacks}.${says}`;
  const beside =
    compared === 0
      ? `none of ${cut === 0 ? 'them' : 'the whole ones'} has a counterpart in "${line ?? 'live'}"`
      : `${count(compared)} compared with "${line ?? 'live'}", ${different === 0 ? 'all equal' : `${count(different)} differ`}`;
  return `${count(windows)} results of ${count(status.done)} events; ${beside}${cut === 0 ? '' : `, ${count(cut)} cut by the range and left out`}${lacks}.${says}`;
}

function republishOutcome(status: ReplayStatus, part: string, lastId: string | null): string {
  if (status.state === 'done')
    return `${count(status.done)} rows stand in the topic again, each once, in mode "replay".`;
  const upTo = lastId === null ? '' : `, up to id ${lastId}`;
  return `${part} rows stand in the topic${upTo}; the others were not published. producer_offsets and the live results were not touched.`;
}

function rewindOutcome({ state, windows, line, late }: ReplayStatus): string {
  const name = `"${line ?? 'live'}"`;
  switch (state) {
    case 'done':
      return `${count(windows)} results of ${name} were computed again and published as revisions.${countedNow(late)}`;
    case 'undone':
      return `${name} was put back to where it stood before, and went on from there.`;
    case 'cancelled':
      return `It was taken back: ${name} is as it was before.`;
    default:
      return `${name} goes on as before.`;
  }
}

function countedNow(late: number): string {
  if (late === 0) return '';
  return ` ${late === 1 ? '1 event that had come too late is' : `${count(late)} events that had come too late are`} counted now.`;
}

export function interrupted(done: number, total: number): LiveDbErrorData {
  return {
    code: 'replay.interrupted',
    message: `LiveDB ended while this replay ran, and how it was started is no longer known: it got to ${done} of ${total}.`,
    remedy: 'Start it again; the live line was not touched.',
  };
}

export function stoppedShort(status: ReplayStatus, code: number | null): LiveDbErrorData {
  return {
    code: 'replay.stopped-short',
    message: `The replay's process ended again and again (exit code ${code ?? 'none'}) at ${status.done} of ${status.total}.`,
    remedy: 'Start it again; the live line was not touched.',
  };
}
