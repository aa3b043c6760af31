// Brings the moments that somebody scrubs to: one question is on its way at a time, and when it is answered the newest
// place is asked for. Started once by main.tsx.
import type { ControlRoomApi } from '../../shared/bridge.ts';
import { LiveDbError } from '../../shared/errors.ts';
import type { PastRoom, PastStore } from './past.ts';

/** What the small lines in the stations show, ms. */
const POINTS_MS = 121_000;

/** Returns the function that ends it. */
export function followPast(api: Pick<ControlRoomApi, 'execute'>, room: PastStore): () => void {
  let asking = false;
  let answered: Pick<PastRoom, 'at' | 'bundle'> | null = null;
  let bundle = room.getState().bundle;

  async function look({
    at,
    bundle: of,
  }: Pick<PastRoom, 'bundle'> & { at: number }): Promise<Partial<PastRoom>> {
    try {
      const bundle = of === null ? {} : { bundle: of.id };
      const from = Math.max(0, at - POINTS_MS);
      const [moment, { points }] = await Promise.all([
        api.execute('moment.at', { at, ...bundle }),
        api.execute('history.query', { from, to: at + 1, stepMs: 1000, ...bundle }),
      ]);
      return { moment, points, error: null };
    } catch (error) {
      return { error: LiveDbError.dataOf(error) };
    }
  }

  async function ask(): Promise<void> {
    if (asking) return;
    asking = true;
    try {
      for (;;) {
        const { at, bundle: of } = room.getState();
        if (at === null || (answered?.at === at && answered.bundle === of)) return;
        const outcome = await look({ at, bundle: of });
        answered = { at, bundle: of };
        // Meanwhile somebody may have gone back to the present, or opened a bundle.
        const now = room.getState();
        if (now.at !== null && now.bundle === of) room.setState(outcome);
      }
    } finally {
      asking = false;
    }
  }

  return room.subscribe((now) => {
    if (now.at === null) answered = null;
    if (bundle !== null && now.bundle !== bundle) {
      // It is closed with the app at the latest: nobody needs to hear of it.
      api.execute('bundle.close', { id: bundle.id }).catch(() => undefined);
    }
    bundle = now.bundle;
    void ask();
  });
}
