// Reads one topic for the screen: a page from somewhere, the page after it, or the live tail. The tail never drops a
// record: it goes on from `next` of the last answer, and while it is paused it simply does not ask. What is shown is
// bounded; older records leave the screen and stay on the topic. Made by topic-browser.tsx, one for each topic opened.
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { ControlRoomApi } from '../../../shared/bridge.ts';
import type { CommandInput } from '../../../shared/commands.ts';
import { LiveDbError, type LiveDbErrorData } from '../../../shared/errors.ts';
import type { TopicRecord } from '../../../shared/topics.ts';

export type ReadFrom = CommandInput<'topics.read'>['from'];

/** Records kept for the screen. */
export const MAX_SHOWN = 5_000;
/** Records asked for at once while following; a full answer is followed by the next question at once. */
const TAIL_LIMIT = 1_000;
/** Pause after an answer that was not full: what trickles in is shown ten times a second. */
const TAIL_PAUSE_MS = 100;
/** How long the broker may wait for a new record before it answers with none. */
const TAIL_WAIT_MS = 2_000;

export interface ReaderState {
  mode: 'idle' | 'reading' | 'following' | 'paused';
  records: readonly TopicRecord[];
  /** Records that were read and have left the screen since. */
  scrolledOff: number;
  /** Where to go on, per partition; null before the first answer. */
  next: Readonly<Record<string, string>> | null;
  error: LiveDbErrorData | null;
}

export interface TopicReader {
  state: StoreApi<ReaderState>;
  /** Shows a page from there, in place of what was shown. */
  read(from: ReadFrom, limit: number): Promise<void>;
  /** Adds the page after the last one. */
  readOn(limit: number): Promise<void>;
  /** Follows the topic: after a pause from exactly where it left off, else from its newest records. */
  follow(): void;
  pause(): void;
  /** Ends the tail; what was read stays on the screen. */
  stop(): void;
  close(): void;
}

interface Parts {
  topic: string;
  execute: ControlRoomApi['execute'];
  pause?: (ms: number) => Promise<void>;
}

const EMPTY: ReaderState = { mode: 'idle', records: [], scrolledOff: 0, next: null, error: null };

export function createTopicReader({ topic, execute, pause = sleep }: Parts): TopicReader {
  const state = createStore<ReaderState>(() => EMPTY);
  /** Grows with every new wish: an answer to an older one is thrown away, and read again when it is wanted. */
  let turn = 0;

  /** The number of records that came; null when the answer is not wanted any more, or was a refusal. */
  const ask = async (mine: number, from: ReadFrom, limit: number, waitMs: number): Promise<number | null> => {
    try {
      const page = await execute('topics.read', { name: topic, from, limit, waitMs });
      if (mine !== turn) return null;
      state.setState((known) => ({
        ...withRecords(known, inOrderOfTime(page.records)),
        // A partition that an answer does not name has not moved.
        next: { ...known.next, ...page.next },
        error: null,
      }));
      return page.records.length;
    } catch (error) {
      if (mine === turn) state.setState({ mode: 'idle', error: LiveDbError.dataOf(error) });
      return null;
    }
  };

  const readPage = async (from: ReadFrom, limit: number): Promise<void> => {
    const mine = ++turn;
    state.setState({ mode: 'reading', error: null });
    if ((await ask(mine, from, limit, 0)) !== null) state.setState({ mode: 'idle' });
  };

  const tail = async (mine: number): Promise<void> => {
    while (mine === turn) {
      const { next } = state.getState();
      const from: ReadFrom = next === null ? { kind: 'latest' } : { kind: 'offsets', offsets: next };
      const limit = next === null ? 100 : TAIL_LIMIT;
      const came = await ask(mine, from, limit, next === null ? 0 : TAIL_WAIT_MS);
      if (came === null) return;
      await pause(came < limit ? TAIL_PAUSE_MS : 0);
    }
  };

  return {
    state,
    read(from, limit) {
      state.setState({ ...EMPTY, mode: 'reading' });
      return readPage(from, limit);
    },
    readOn(limit) {
      const { next } = state.getState();
      return readPage(next === null ? { kind: 'earliest' } : { kind: 'offsets', offsets: next }, limit);
    },
    follow() {
      const mine = ++turn;
      const resumed = state.getState().mode === 'paused';
      state.setState({ ...(resumed ? {} : EMPTY), mode: 'following', error: null });
      void tail(mine);
    },
    pause() {
      turn += 1;
      state.setState((known) => (known.mode === 'following' ? { mode: 'paused' } : known));
    },
    stop() {
      turn += 1;
      state.setState({ mode: 'idle' });
    },
    close() {
      turn += 1;
    },
  };
}

function withRecords(known: ReaderState, added: readonly TopicRecord[]): Partial<ReaderState> {
  if (added.length === 0) return {};
  const all = [...known.records, ...added];
  const extra = Math.max(0, all.length - MAX_SHOWN);
  return { records: extra === 0 ? all : all.slice(extra), scrolledOff: known.scrolledOff + extra };
}

/** Partitions merged by time; within each the order of its offsets holds, whatever its times say. */
export function inOrderOfTime(records: readonly TopicRecord[]): TopicRecord[] {
  const partitions = [...Map.groupBy(records, ({ partition }) => partition).values()];
  const places = partitions.map(() => 0);
  const merged: TopicRecord[] = [];
  while (merged.length < records.length) {
    let first = -1;
    let earliest: TopicRecord | undefined;
    partitions.forEach((partition, index) => {
      const head = partition[places[index] ?? 0];
      if (head !== undefined && (earliest === undefined || head.timestamp < earliest.timestamp)) {
        earliest = head;
        first = index;
      }
    });
    if (earliest === undefined) break;
    merged.push(earliest);
    places[first] = (places[first] ?? 0) + 1;
  }
  return merged;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
