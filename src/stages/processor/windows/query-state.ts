// The windows of one query over one span of event time: open ones, and closed ones kept for late records. Several of
// these follow each other in the window core when the query is changed while it runs.
import { type QuerySpec, windowLength } from '../../../shared/query.ts';
import { EventFilter } from './event-filter.ts';
import { FixedWindows } from './fixed-windows.ts';
import { type Grouping, groupingOf } from './group-names.ts';
import type { GroupTable } from './group-table.ts';
import { Sessions } from './sessions.ts';

/** Where a query state lies in event time, epoch ms. */
export interface Span {
  /** Only windows that start in [from, until) belong to it; of sessions, those of events in that span. */
  from: number;
  until: number;
  /** Windows that end after it were thrown away and are not made again. */
  endBy: number;
}

export const ALL_TIME: Readonly<Span> = {
  from: Number.NEGATIVE_INFINITY,
  until: Number.POSITIVE_INFINITY,
  endBy: Number.POSITIVE_INFINITY,
};

export class QueryState implements Span {
  /** Tells the states of one core apart, also across checkpoints. */
  readonly id: number;
  spec: QuerySpec;
  readonly grouping: Grouping;
  readonly filter: EventFilter;
  /** Percentiles are asked for. */
  readonly valued: boolean;
  /** Distinct orgs are asked for and are not simply one. */
  readonly countsOrgs: boolean;
  readonly windows: FixedWindows | Sessions;
  readonly from: number;
  until: number;
  endBy: number;

  constructor(id: number, spec: QuerySpec, span: Readonly<Span>, table: GroupTable) {
    this.id = id;
    this.spec = spec;
    this.from = span.from;
    this.until = span.until;
    this.endBy = span.endBy;
    this.grouping = groupingOf(spec.groupBy);
    this.filter = new EventFilter(spec.filter);
    this.valued = spec.aggregates.some((one) => one === 'p50' || one === 'p95' || one === 'p99');
    this.countsOrgs = spec.aggregates.includes('distinctOrgs') && !spec.groupBy.includes('org');
    const { window } = spec;
    this.windows =
      window.kind === 'session'
        ? new Sessions(table, window.gapMs)
        : new FixedWindows(table, window.sizeMs, window.kind === 'hopping' ? window.slideMs : window.sizeMs);
  }

  /** The least time after `at` at which a new query's windows may begin, so that none has missed an event. */
  nextStart(at: number): number {
    const { windows } = this;
    return windows instanceof FixedWindows ? windows.lastStart(at) + windows.slideMs : at + 1;
  }

  /** No window of it ends after this, epoch ms. */
  get lastEnd(): number {
    return Math.min(this.until + windowLength(this.spec.window), this.endBy);
  }

  /** The windows of an event at `at` are over, and beyond their lateness. */
  tooLate(at: number, watermark: number | null): boolean {
    return watermark !== null && this.windowOf(at).end + this.spec.allowedLatenessMs <= watermark;
  }

  /** The last window that an event at `at` falls into; of a session, what it would be without others. */
  windowOf(at: number): { start: number; end: number } {
    const { windows } = this;
    if (!(windows instanceof FixedWindows)) return { start: at, end: at + windows.gapMs };
    const start = windows.lastStart(at);
    return { start, end: start + windows.sizeMs };
  }
}
