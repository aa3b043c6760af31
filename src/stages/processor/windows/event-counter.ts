// Counts one event in the windows of one query: in time, as a correction, or not at all. The hot path of the window core,
// which alone uses it.
import type { DueResults } from './due-results.ts';
import type { EventClock } from './event-clock.ts';
import { FixedWindows } from './fixed-windows.ts';
import type { GroupNames } from './group-names.ts';
import type { GroupTable } from './group-table.ts';
import type { QueryState } from './query-state.ts';
import { type SessionHost, type Sessions, THROWN_AWAY, TOO_LATE } from './sessions.ts';

/**
 * What one event did: counted in time, counted as a correction of a closed window, not counted because it came too late
 * (or there is no room), left out by the filter, or outside the span that the query was asked for.
 */
export type Taken = 'on-time' | 'late' | 'dropped' | 'filtered' | 'outside';

export class EventCounter {
  /** Events left out because there was no room. */
  overflow = 0;
  /** The query whose windows are being changed. */
  state: QueryState;
  readonly #table: GroupTable;
  readonly #results: DueResults;
  readonly #clock: EventClock;
  readonly #host: SessionHost;

  constructor(
    state: QueryState,
    parts: { table: GroupTable; results: DueResults; clock: EventClock; host: SessionHost },
  ) {
    this.state = state;
    this.#table = parts.table;
    this.#results = parts.results;
    this.#clock = parts.clock;
    this.#host = parts.host;
  }

  count(state: QueryState, names: GroupNames, at: number, org: number, region: number, cents: number): Taken {
    this.state = state;
    const group = names.number(state.grouping, org, region);
    const { windows } = state;
    return windows instanceof FixedWindows
      ? this.#fixed(state, windows, at, group, org, cents)
      : this.#session(state, windows, at, group, org, cents);
  }

  #fixed(
    state: QueryState,
    windows: FixedWindows,
    at: number,
    group: number,
    org: number,
    cents: number,
  ): Taken {
    const table = this.#table;
    const results = this.#results;
    const watermark = this.#clock.watermark;
    const { sizeMs, slideMs } = windows;
    let taken: Taken = 'outside';
    for (let start = windows.lastStart(at); start > at - sizeMs; start -= slideMs) {
      const end = start + sizeMs;
      if (start < state.from || start >= state.until || end > state.endBy) continue;
      const closed = watermark !== null && end <= watermark;
      if (closed && (start < windows.floor || end + state.spec.allowedLatenessMs <= watermark)) {
        if (taken === 'outside') taken = 'dropped';
        continue;
      }
      let window = windows.at(start);
      let slot = window === undefined ? -1 : windows.find(window, group);
      if (slot < 0) {
        if (!this.#host.room() || start < windows.floor) {
          this.overflow++;
          if (taken === 'outside') taken = 'dropped';
          continue;
        }
        window = windows.make(start, watermark);
        slot = this.#host.make(start, end, group);
        windows.put(window, slot);
      } else if (table.round[slot] !== results.round) results.touch(slot);
      table.add(slot, cents);
      if (state.countsOrgs) table.addOrg(slot, org);
      if (closed) {
        taken = 'late';
        results.correct(slot);
      } else if (taken !== 'late') taken = 'on-time';
    }
    return taken;
  }

  #session(
    state: QueryState,
    windows: Sessions,
    at: number,
    group: number,
    org: number,
    cents: number,
  ): Taken {
    if (at < state.from || at >= state.until) return 'outside';
    const watermark = this.#clock.watermark;
    const lateEnd = watermark === null ? Number.NEGATIVE_INFINITY : watermark - state.spec.allowedLatenessMs;
    const slot = windows.slotFor(this.#host, at, group, watermark, { lateEnd, endBy: state.endBy });
    if (slot === THROWN_AWAY) return 'outside';
    if (slot < 0) {
      if (slot !== TOO_LATE) this.overflow++;
      return 'dropped';
    }
    this.#results.touch(slot);
    this.#table.add(slot, cents);
    if (state.countsOrgs) this.#table.addOrg(slot, org);
    if (watermark === null || (this.#table.end[slot] ?? 0) > watermark) return 'on-time';
    this.#results.correct(slot);
    return 'late';
  }
}
