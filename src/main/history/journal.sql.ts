// SQL of what happened beside the figures: incidents, runs of the app, replays. Used by journal.ts and retention.ts.

const INCIDENT = 'id, at, ended, severity, subject, code, title, cause, remedy';

export function upsertIncidentSql(): string {
  return `INSERT OR REPLACE INTO incidents (${INCIDENT}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`;
}

export function recentIncidentsSql(): string {
  return `SELECT ${INCIDENT} FROM incidents ORDER BY at DESC, id DESC LIMIT ?`;
}

/** The newest that had begun by a moment. */
export function incidentsUntilSql(): string {
  return `SELECT ${INCIDENT} FROM incidents WHERE at <= ? ORDER BY at DESC, id DESC LIMIT ?`;
}

/** Incidents that began or lasted in [from, to); the newest come first so that a limit cuts the oldest. */
export function incidentsInRangeSql(): string {
  return `SELECT ${INCIDENT} FROM incidents WHERE at < @to AND (at >= @from OR ended >= @from)
    ORDER BY at DESC, id DESC LIMIT @limit`;
}

export function oldestIncidentSql(): string {
  return 'SELECT min(at) AS at FROM incidents';
}

export function deleteIncidentsSql(): string {
  return 'DELETE FROM incidents WHERE id IN (SELECT id FROM incidents WHERE at < ? ORDER BY at LIMIT ?)';
}

export function beginRunSql(): string {
  return 'INSERT INTO runs (started, alive, version) VALUES (@now, @now, @version)';
}

/** A run of another LiveDB, as its bundle tells it. */
export function insertRunSql(): string {
  return 'INSERT OR REPLACE INTO runs (id, started, ended, alive, version) VALUES (?, ?, ?, ?, ?)';
}

export function runAliveSql(): string {
  return 'UPDATE runs SET alive = ? WHERE id = ?';
}

export function endRunSql(): string {
  return 'UPDATE runs SET ended = @now, alive = @now WHERE id = @id';
}

/** The last run before this one, when it was not ended by itself. */
export function uncleanRunSql(): string {
  return `SELECT id, started, alive, version FROM runs
    WHERE id = (SELECT max(id) FROM runs WHERE id < ?) AND ended IS NULL`;
}

export function runsInRangeSql(): string {
  return `SELECT id, started, ended, version FROM runs WHERE started < @to AND alive >= @from
    ORDER BY id DESC LIMIT @limit`;
}

export function deleteRunsSql(): string {
  return 'DELETE FROM runs WHERE alive < ? AND id <> ?';
}

export function upsertReplaySql(): string {
  return 'INSERT OR REPLACE INTO replays (id, started, status) VALUES (?, ?, ?)';
}

export function replaysSql(): string {
  return 'SELECT status FROM replays ORDER BY started DESC, id DESC LIMIT ?';
}

export function oldestReplaySql(): string {
  return 'SELECT id, started FROM replays ORDER BY started LIMIT 1';
}

export function deleteReplaySql(): string {
  return 'DELETE FROM replays WHERE id = ?';
}
