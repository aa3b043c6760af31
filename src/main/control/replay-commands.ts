// The commands of replays, and the preview of a query. handlers.ts takes them in.
import { LiveDbError } from '../../shared/errors.ts';
import type { REPLAY_COMMANDS } from '../../shared/replay.ts';
import type { History } from '../history/port.ts';
import { DONE, type Handlers } from './commands.ts';
import { noSuchReplay, type Replays } from './replays.ts';

export type ReplayHandlers = Pick<Handlers, keyof typeof REPLAY_COMMANDS>;

export function createReplayHandlers(
  replays: Replays,
  history: Pick<History, 'replayResults'>,
): ReplayHandlers {
  const later = () =>
    Promise.reject(new LiveDbError({ code: 'replay.later', message: 'This comes with the next version.' }));
  return {
    'replay.preview': (request) => replays.preview(request),
    'replay.start': (request) => replays.start(request),
    'replay.cancel': async ({ id }) => {
      await replays.cancel(id);
      return DONE;
    },
    'replay.pause': later,
    'replay.resume': later,
    'replay.undo': later,
    'replay.rename': later,
    'replay.drop': later,
    'replay.list': async () => [...replays.list()],
    'replay.results': async ({ id, limit }) => {
      if (!replays.list().some((replay) => replay.id === id)) throw noSuchReplay(id);
      return history.replayResults(id, limit).map((row) => ({ ...row, cut: false }));
    },
    'query.preview': later,
  };
}
