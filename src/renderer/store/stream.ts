// Feeds the store from the control plane: frames as they come, and from the history what the page did not see
// (the hour before it was opened, and whatever it missed while the line was down). Started once by main.tsx.
import type { ConnectionState, ControlRoomApi } from '../../shared/bridge.ts';
import { LiveDbError } from '../../shared/errors.ts';
import { SERVICES, STAGES } from '../../shared/names.ts';
import type { Frame, Snapshot } from '../../shared/snapshot.ts';
import { describeChanges } from './announcements.ts';
import { partOf } from './parts.ts';
import { KEEP_MS, mergePoints, mergeResults } from './series.ts';
import type { ControlRoom, ControlRoomStore } from './state.ts';
import { share } from './structural-sharing.ts';
import { reportFailure } from './toasts.ts';

/** Whether anybody can see the page. */
export interface Sight {
  hidden(): boolean;
  /** Returns the function that ends the listening. */
  onShown(run: () => void): () => void;
}
const ALWAYS_SEEN: Sight = { hidden: () => false, onShown: () => () => {} };

/**
 * Returns the function that ends the stream. While the page is hidden only the newest frame is kept, and shown when the
 * page is; what the others carried is then missing like after a lost line, and comes from the history.
 */
export function followStream(
  api: ControlRoomApi,
  store: ControlRoomStore,
  now = Date.now,
  sight = ALWAYS_SEEN,
): () => void {
  let lastSeq: number | null = null;
  let unseen: Frame | null = null;

  const take = async (from: number, include: ('points' | 'results')[]): Promise<void> => {
    const past = await api.execute('history.query', { from, stepMs: 1000, maxPoints: 10_000, include });
    store.setState((state) => ({
      points: mergePoints(past.points, state.points),
      results: mergeResults(past.results, state.results),
    }));
  };

  /** One at a time: who is too slow for the frames does not ask for each of those it missed. */
  let filling = false;
  let owed: number | null = null;

  const fillFrom = async (from: number): Promise<void> => {
    if (filling) {
      owed = Math.min(owed ?? from, from);
      return;
    }
    filling = true;
    try {
      // A result that was missed is of a window that began earlier, or corrects one.
      const earlier = from - longestWait(store.getState().snapshot);
      if (from <= now() - KEEP_MS) await take(from, ['points', 'results']);
      else await Promise.all([take(from, ['points']), take(Math.max(0, earlier), ['results'])]);
    } catch (error) {
      // While the line is down the page says so already; the next frame after it fills the gap.
      const data = LiveDbError.dataOf(error);
      if (data.code === 'unreachable') lastSeq = null;
      else reportFailure(store, 'The history could not be loaded', data);
    } finally {
      filling = false;
    }
    if (owed === null) return;
    const next = owed;
    owed = null;
    await fillFrom(next);
  };

  const onFrame = (frame: Frame): void => {
    if (sight.hidden() && store.getState().snapshot !== null) {
      unseen = frame;
      return;
    }
    unseen = null;
    const missed = lastSeq === null || frame.seq !== lastSeq + 1;
    lastSeq = frame.seq;
    const { points } = store.getState();
    const from = points[points.length - 1]?.at ?? now() - KEEP_MS;
    store.setState((state) => takeFrame(state, frame));
    if (missed) void fillFrom(from);
  };

  const onState = (connection: ConnectionState): void => {
    if (connection !== 'connected') lastSeq = null;
    store.setState((state) => takeConnection(state, connection, now()));
  };

  const unwatch = sight.onShown(() => {
    if (unseen !== null) onFrame(unseen);
  });
  const unsubscribe = api.subscribe(onFrame, onState);
  return () => {
    unwatch();
    unsubscribe();
  };
}

/** From the begin of a window to its last correction, ms; sessions have no bound but the hour that is kept. */
function longestWait(snapshot: Snapshot | null): number {
  if (snapshot === null) return KEEP_MS;
  const { query, queries } = snapshot.settings.processor;
  const waits = [query, ...queries.map(({ spec }) => spec)].map(
    ({ window, outOfOrdernessMs, allowedLatenessMs, idleTimeoutMs }) =>
      window.kind === 'session'
        ? KEEP_MS
        : window.sizeMs + outOfOrdernessMs + idleTimeoutMs + allowedLatenessMs,
  );
  return Math.min(KEEP_MS, Math.max(...waits));
}

export function takeFrame(state: ControlRoom, frame: Frame): Partial<ControlRoom> {
  const snapshot = state.snapshot === null ? frame.snapshot : share(state.snapshot, frame.snapshot);
  const said = state.snapshot === null ? '' : describeChanges(state.snapshot, snapshot);
  return {
    snapshot,
    points: mergePoints(state.points, frame.points),
    results: mergeResults(state.results, frame.results),
    expected: settleExpected(state, snapshot),
    announcement: said === '' ? state.announcement : said,
  };
}

/** An expectation ends when its part shows another state, or when its command was answered. */
function settleExpected(state: ControlRoom, snapshot: Snapshot): ControlRoom['expected'] {
  const open: ControlRoom['expected'] = {};
  let dropped = false;
  for (const part of [...STAGES, ...SERVICES]) {
    const expected = state.expected[part];
    if (expected === undefined) continue;
    const before = state.snapshot === null ? null : partOf(state.snapshot, part).state;
    const waits = state.pending.some((key) => key.endsWith(`:${part}`));
    if (waits && before === partOf(snapshot, part).state) open[part] = expected;
    else dropped = true;
  }
  return dropped ? open : state.expected;
}

function takeConnection(
  state: ControlRoom,
  connection: ConnectionState,
  now: number,
): Partial<ControlRoom> | ControlRoom {
  if (state.connection === connection) return state;
  const lost = connection !== 'connected' && connection !== 'connecting';
  const back = connection === 'connected' && state.lostSince !== null;
  return {
    connection,
    lostSince: connection === 'connected' ? null : (state.lostSince ?? (lost ? now : null)),
    announcement: back
      ? 'Connection restored.'
      : lost && state.lostSince === null
        ? 'Connection lost.'
        : state.announcement,
  };
}
