// SQL of the processor's passages: up to which offset it had read, once a second. Used by passages.ts and retention.ts.

export function insertPassageSql(): string {
  return 'INSERT OR REPLACE INTO passages (partition, at, offset, frame) VALUES (?, ?, ?, ?)';
}

/** The first passage beyond an offset. */
export function passedSql(): string {
  return `SELECT at, frame FROM passages WHERE partition = @partition AND at >= @from AND offset > @offset
    ORDER BY at LIMIT 1`;
}

/** The last passage before a moment. */
export function beforeSql(): string {
  return 'SELECT at FROM passages WHERE partition = ? AND at < ? ORDER BY at DESC LIMIT 1';
}

export function deletePassagesSql(): string {
  return 'DELETE FROM passages WHERE at < ? LIMIT ?';
}
