// What replays refuse, and what to do instead. Called by replays.ts.
import { LiveDbError } from '../../shared/errors.ts';

export function noSuchReplay(id: string): LiveDbError {
  return new LiveDbError({
    code: 'replay.unknown',
    message: `There is no replay with the id "${id}".`,
    remedy: 'replay.list names those that are known.',
  });
}

export const hasEnded = () =>
  new LiveDbError({ code: 'replay.ended', message: 'This replay has ended already.' });

export const notUndoable = () =>
  new LiveDbError({
    code: 'replay.not-undoable',
    message: 'This replay cannot be taken back.',
    remedy: 'Only the last rewind of a line can, once it is done.',
  });

export const stillRuns = () =>
  new LiveDbError({
    code: 'replay.running',
    message: 'This replay still runs.',
    remedy: 'Cancel it first.',
  });

export const nameTaken = (name: string) =>
  new LiveDbError({
    code: 'replay.name-taken',
    message: `There is a replay named "${name}" already.`,
    remedy: 'Choose another name.',
  });
