// SQL of the embedded server's host.
import pg from 'pg';

export function createDatabase(name: string): string {
  return `CREATE DATABASE ${pg.escapeIdentifier(name)}`;
}

export function serverVersion(): string {
  return `SELECT split_part(current_setting('server_version'), ' ', 1) AS version`;
}

/** For single-user mode, which takes one statement a line. */
export function setPassword(user: string, password: string): string {
  return `ALTER ROLE ${pg.escapeIdentifier(user)} PASSWORD ${pg.escapeLiteral(password)};`;
}
