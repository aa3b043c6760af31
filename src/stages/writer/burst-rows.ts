// The rows of one burst, for either way into the table. Made by cycle.ts (as the seed has them) and disorder.ts; taken by
// the place keepers.

export interface Columns {
  org: string[];
  amount: string[];
  region: string[];
  /** UTC, as PostgreSQL reads a timestamp; null where the table's default gives the time. */
  createdAt: string[] | null;
}

export interface BurstRows {
  count: number;
  /** Whether the rows bring their own created_at. */
  timed: boolean;
  columns(): Columns;
  /** COPY's text format: org, amount, region and, when timed, created_at. The buffers must not be written to. */
  bytes(): Iterable<Buffer>;
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** COPY's text format, PostgreSQL's manual on COPY: backslash escapes, tabs between, newline after. */
export const escaped = (text: string) =>
  text.replaceAll(/[\\\t\n\r]/g, (character) => ESCAPES[character] ?? character);
