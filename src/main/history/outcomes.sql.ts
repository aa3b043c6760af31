// SQL of what became of dead records. Used by outcomes.ts.

export function createOutcomesSql(): string {
  return `
  CREATE TABLE dead_outcomes (
    partition INTEGER NOT NULL,
    offset INTEGER NOT NULL,
    stamp INTEGER NOT NULL,
    state TEXT NOT NULL,
    at INTEGER NOT NULL,
    tail TEXT,
    sent_partition INTEGER,
    sent_offset INTEGER,
    PRIMARY KEY (partition, offset)
  ) WITHOUT ROWID;
  `;
}

export function outcomeSql(): string {
  return `SELECT stamp, state, at, tail, sent_partition AS sentPartition, sent_offset AS sentOffset
    FROM dead_outcomes WHERE partition = ? AND offset = ?`;
}

export function putOutcomeSql(): string {
  return `INSERT OR REPLACE INTO dead_outcomes
    (partition, offset, stamp, state, at, tail, sent_partition, sent_offset)
    VALUES (@partition, @offset, @stamp, @state, @at, @tail, @sentPartition, @sentOffset)`;
}

export function dropOutcomeSql(): string {
  return 'DELETE FROM dead_outcomes WHERE partition = ? AND offset = ?';
}

export function countOutcomesSql(): string {
  return `SELECT count(*) AS n FROM dead_outcomes
    WHERE partition = ? AND offset >= ? AND offset < ? AND state IN ('sent', 'dismissed')`;
}

/** Below what a partition still holds, nobody asks for an outcome any more. */
export function forgetOutcomesSql(): string {
  return 'DELETE FROM dead_outcomes WHERE partition = ? AND offset < ?';
}
