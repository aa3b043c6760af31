// The commands of replays, and the preview of a query. handlers.ts takes them in.
import type { REPLAY_COMMANDS } from '../../shared/replay.ts';
import { DONE, type Handlers } from './commands.ts';
import type { Replays } from './replays.ts';

export type ReplayHandlers = Pick<Handlers, keyof typeof REPLAY_COMMANDS>;

export function createReplayHandlers(replays: Replays): ReplayHandlers {
  const done = (act: (id: string) => Promise<void>) => async (args: { id: string }) => {
    await act(args.id);
    return DONE;
  };
  return {
    'replay.preview': (request) => replays.preview(request),
    'replay.start': (request) => replays.start(request),
    'replay.cancel': done(replays.cancel),
    'replay.pause': done(replays.pause),
    'replay.resume': done(replays.resume),
    'replay.undo': done(replays.undo),
    'replay.rename': async ({ id, name }) => replays.rename(id, name),
    'replay.drop': done(replays.drop),
    'replay.list': async () => [...replays.list()],
    'replay.results': async ({ id, limit, order }) => replays.results(id, limit, order),
    'query.preview': ({ spec, lastMs, maxEvents }) => replays.previewQuery(spec, lastMs, maxEvents),
  };
}
