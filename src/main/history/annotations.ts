// Annotations in SQLite: what people wrote on moments and stretches of time. Used by store.ts and by the bundles.
import type { Annotation } from '../../shared/annotation.ts';
import {
  annotationSql,
  annotationsInRangeSql,
  countAnnotationsSql,
  deleteAnnotationSql,
  upsertAnnotationSql,
} from './annotations.sql.ts';
import type { HistoryDatabase } from './file.ts';

export const MAX_ANNOTATIONS = 10_000;
const MAX_ANSWER = 2_000;

interface Row {
  id: string;
  at: number;
  until: number | null;
  text: string;
  created: number;
}

export interface AnnotationLog {
  /** Inserts or replaces by id. */
  put(annotation: Annotation): void;
  get(id: string): Annotation | null;
  /** Those that touch [from, to), oldest first. */
  range(from: number, to: number): Annotation[];
  count(): number;
  remove(id: string): void;
}

const toAnnotation = ({ created, ...rest }: Row): Annotation => ({ ...rest, createdAt: created });

export function openAnnotationLog(db: HistoryDatabase): AnnotationLog {
  const upsert = db.prepare<[string, number, number | null, string, number]>(upsertAnnotationSql());
  const one = db.prepare<[string], Row>(annotationSql());
  const inRange = db.prepare<{ from: number; to: number; limit: number }, Row>(annotationsInRangeSql());
  const count = db.prepare<[], { n: number }>(countAnnotationsSql());
  const remove = db.prepare<[string]>(deleteAnnotationSql());
  return {
    put: ({ id, at, until, text, createdAt }) => void upsert.run(id, at, until, text, createdAt),
    get(id) {
      const row = one.get(id);
      return row === undefined ? null : toAnnotation(row);
    },
    range: (from, to) => inRange.all({ from, to, limit: MAX_ANSWER }).map(toAnnotation),
    count: () => count.get()?.n ?? 0,
    remove: (id) => void remove.run(id),
  };
}
