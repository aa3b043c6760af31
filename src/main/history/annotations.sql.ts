// SQL of the annotations. Used by annotations.ts and retention.ts.

const COLUMNS = 'id, at, until, text, created';

export function upsertAnnotationSql(): string {
  return `INSERT OR REPLACE INTO annotations (${COLUMNS}) VALUES (?, ?, ?, ?, ?)`;
}

export function annotationSql(): string {
  return `SELECT ${COLUMNS} FROM annotations WHERE id = ?`;
}

/** Those that touch [from, to). */
export function annotationsInRangeSql(): string {
  return `SELECT ${COLUMNS} FROM annotations WHERE at < @to AND coalesce(until, at) >= @from
    ORDER BY at, id LIMIT @limit`;
}

export function countAnnotationsSql(): string {
  return 'SELECT count(*) AS n FROM annotations';
}

export function deleteAnnotationSql(): string {
  return 'DELETE FROM annotations WHERE id = ?';
}

export function deleteAnnotationsBeforeSql(): string {
  return 'DELETE FROM annotations WHERE id IN (SELECT id FROM annotations WHERE coalesce(until, at) < ? LIMIT ?)';
}
