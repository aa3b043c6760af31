// Reads one side topic for the dialog "Records aside": the newest page, older ones behind it, and again when there is
// news. Made by aside-dialog.tsx, one for each tab and what is listed of it.
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { ControlRoomApi } from '../../../shared/bridge.ts';
import { LiveDbError, type LiveDbErrorData } from '../../../shared/errors.ts';
import type { DeadState, SideRecord } from '../../../shared/side-records.ts';

export type AsideTab = 'late' | 'dead';

/** What of a tab is listed; null is all of it. */
export interface AsideOnly {
  /** Dead ones in this state. */
  state: DeadState | null;
  /** Events that came too late for this query. */
  query: string | null;
}

export interface AsideState {
  /** Somebody waits for an answer; not so when the list merely follows what comes. */
  reading: boolean;
  records: readonly SideRecord[];
  /** Records on the topic; null before the first answer. */
  total: number | null;
  /** Dead ones that nobody has decided on. */
  waiting: number | null;
  next: Readonly<Record<string, string>> | null;
  error: LiveDbErrorData | null;
}

export interface AsideReader {
  state: StoreApi<AsideState>;
  /** As many as are shown, from the newest on. */
  refresh(): Promise<void>;
  /** There is news: reads again unasked, at most once a second. */
  follow(): void;
  older(): Promise<void>;
  close(): void;
}

const PAGE = 100;
const FOLLOW_MS = 1_000;
/** More are not shown at once; the topics panel reads further. */
export const MOST_SHOWN = 500;

const EMPTY: AsideState = {
  reading: false,
  records: [],
  total: null,
  waiting: null,
  next: null,
  error: null,
};

export function createAsideReader(
  execute: ControlRoomApi['execute'],
  tab: AsideTab,
  only: AsideOnly,
): AsideReader {
  const state = createStore<AsideState>(() => EMPTY);
  /** Grows with every new wish: an answer to an older one is thrown away. */
  let turn = 0;
  let closed = false;
  let followedAt = Number.NEGATIVE_INFINITY;
  let planned: ReturnType<typeof setTimeout> | null = null;

  const list = async (limit: number, before: AsideState['next']) => {
    const page = { limit, ...(before === null ? {} : { before }) };
    const { query, state: wanted } = only;
    if (tab === 'late') {
      const answer = await execute('late.list', { ...page, ...(query === null ? {} : { query }) });
      return { ...answer, waiting: null };
    }
    return execute('dead.list', { ...page, ...(wanted === null ? {} : { state: wanted }) });
  };

  const read = async (limit: number, older: boolean, asked = true): Promise<void> => {
    const mine = ++turn;
    const { next, records } = state.getState();
    if (asked) state.setState({ reading: true });
    try {
      const answer = await list(limit, older ? next : null);
      if (mine !== turn) return;
      state.setState({
        ...answer,
        records: older ? [...records, ...answer.records] : answer.records,
        reading: false,
        error: null,
      });
    } catch (error) {
      if (mine === turn) state.setState({ reading: false, error: LiveDbError.dataOf(error) });
    }
  };

  const shown = () => Math.min(MOST_SHOWN, Math.max(PAGE, state.getState().records.length));

  const follow = () => {
    planned = null;
    // An answer that somebody waits for is not thrown away for the sake of news.
    if (closed || state.getState().reading) return;
    followedAt = performance.now();
    void read(shown(), false, state.getState().total === null);
  };

  return {
    state,
    refresh: () => read(shown(), false),
    follow() {
      planned ??= setTimeout(follow, Math.max(0, followedAt + FOLLOW_MS - performance.now()));
    },
    older: () => read(PAGE, true),
    close() {
      closed = true;
      turn += 1;
      if (planned !== null) clearTimeout(planned);
    },
  };
}
