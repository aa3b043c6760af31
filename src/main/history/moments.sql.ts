// SQL of the moments: the state once a second, and the bases they are told from. Used by moments.ts and retention.ts.

export function insertBaseSql(): string {
  return 'INSERT INTO moment_bases (steady, sample) VALUES (?, ?)';
}

export function baseSql(): string {
  return 'SELECT steady, sample FROM moment_bases WHERE id = ?';
}

export function insertMomentSql(): string {
  return 'INSERT OR REPLACE INTO moments (at, base, rank, body) VALUES (?, ?, ?, ?)';
}

/** The last moment at or before a time. */
export function momentBeforeSql(): string {
  return 'SELECT at, base, body FROM moments WHERE at <= ? ORDER BY at DESC LIMIT 1';
}

export function momentAfterSql(): string {
  return 'SELECT at, base, body FROM moments WHERE at > ? ORDER BY at LIMIT 1';
}

export function momentsInRangeSql(): string {
  return 'SELECT at, base, body FROM moments WHERE at >= ? AND at < ? ORDER BY at LIMIT ?';
}

export function oldestMomentSql(): string {
  return 'SELECT min(at) AS at FROM moments';
}

export function deleteMomentsSql(): string {
  return 'DELETE FROM moments WHERE at < ? ORDER BY at LIMIT ?';
}

/** Of one rank: what is left gets sparser with age. */
export function thinMomentsSql(): string {
  return 'DELETE FROM moments WHERE rank = ? AND at < ? ORDER BY at LIMIT ?';
}

/** Bases that no moment needs any more; never the newest, which the next moment is told from. */
export function deleteBasesSql(): string {
  return `DELETE FROM moment_bases WHERE id < (SELECT max(id) FROM moment_bases)
    AND NOT EXISTS (SELECT 1 FROM moments WHERE base = moment_bases.id) LIMIT ?`;
}
