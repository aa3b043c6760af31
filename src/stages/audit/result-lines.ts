// Which published results are held against SQL, and how: sorted by query and form. What SQL has no sound like of is left
// out, and the report says why. Pure; used by windows.ts.
import type { AuditWindow } from '../../shared/audit.ts';
import type { WindowResult } from '../../shared/event.ts';
import type { AuditQuery } from '../../shared/link.ts';
import type { GroupField, QueryFilter, WindowSpec } from '../../shared/query.ts';
import { isFiltered } from '../../shared/query.ts';

/** A row counts in each hopping window: SQL gets at most so many in all. */
const MAX_HOPPED_ROWS = 10_000_000;

export interface ResultLine {
  query: string;
  window: WindowSpec;
  fields: readonly GroupField[];
  filter: QueryFilter | null;
  /** Windows that were never published are missing; false: only those of a moment at which some were. */
  strict: boolean;
  /** No window before it is judged, epoch ms. */
  since: number;
}

export type Sorted =
  | { line: ResultLine; key: string }
  /** `own`: of the query as it runs, so that no revision of it may be there twice. */
  | { left: string; own: boolean };

const left = (why: string): Sorted => ({ left: why, own: true });

/** What makes two results results of one window. */
export function windowKey({ query, window, group }: AuditWindow): string {
  return JSON.stringify([query, window.kind, window.start, window.end, group.org, group.region]);
}

export class ResultLines {
  readonly #queries: ReadonlyMap<string, AuditQuery>;
  readonly #rows: number;
  readonly #lines = new Map<string, ResultLine>();

  /** `rows`: those of the table. */
  constructor(queries: readonly AuditQuery[], rows: number) {
    this.#queries = new Map(queries.map((query) => [query.name, query]));
    this.#rows = rows;
  }

  /** `publishedAt`: epoch ms. */
  sort(result: WindowResult, publishedAt: number): Sorted {
    const query = this.#queries.get(result.query);
    if (query === undefined) return { left: 'no query of this name runs', own: false };
    if (publishedAt < query.born) return { left: 'they are of an older query of this name', own: false };
    if (query.paused) return left('the query is paused');
    const { state } = query;
    if (state === null) return left('the query has no checkpoint yet');
    const { spec, from, skippedAt } = state;
    const start = Date.parse(result.window.start);
    // A session may reach back to events that were left out.
    const skipped =
      skippedAt === 0 ? -Infinity : skippedAt + (spec.window.kind === 'session' ? spec.window.gapMs : 0);
    if (start < skipped)
      return left('they are of windows from before it left events out and went on from now');
    const sizeMs = Date.parse(result.window.end) - start;
    const fields = (['org', 'region'] as const).filter((field) => result.group[field] !== undefined);
    const isNow =
      start >= (from ?? -Infinity) &&
      result.window.kind === spec.window.kind &&
      (spec.window.kind === 'session' || spec.window.sizeMs === sizeMs) &&
      fields.join() === spec.groupBy.join() &&
      (result.filtered === true) === isFiltered(spec);
    if (!isNow) {
      if (result.window.kind !== 'tumbling' || result.filtered === true || sizeMs <= 0)
        return left('they are of windows from before the query was changed');
      const key = `${result.query} ${sizeMs} ${fields.join()}`;
      return this.#line(key, {
        query: result.query,
        window: { kind: 'tumbling', sizeMs },
        fields,
        filter: null,
        strict: false,
        since: skipped,
      });
    }
    if (spec.filter.modes.includes('replay'))
      return left('the query counts replayed events too, which the table does not know of');
    const { window } = spec;
    if (window.kind === 'hopping' && (this.#rows * window.sizeMs) / window.slideMs > MAX_HOPPED_ROWS)
      return left('each row counts in so many windows that SQL would take too long');
    return this.#line(result.query, {
      query: result.query,
      window,
      fields,
      filter: isFiltered(spec) ? spec.filter : null,
      strict: true,
      since: Math.max(from ?? -Infinity, skipped),
    });
  }

  #line(key: string, line: ResultLine): Sorted {
    const known = this.#lines.get(key);
    if (known === undefined) this.#lines.set(key, line);
    return { key, line: known ?? line };
  }
}
