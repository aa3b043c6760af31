// COPY … TO STDOUT over pg: the fastest way to read a whole table, row by row as bytes. Used by table-scan.ts.
// Protocol: PostgreSQL chapter 54.2.6 (COPY operations); pg hands its messages to whatever query is active.
import type { PgClient } from '../../clients/postgres.ts';

/** pg calls these methods of the active query. */
class CopyOutQuery {
  readonly #text: string;
  readonly #take: (line: Buffer) => void;
  readonly #done: (error: unknown) => void;
  #failure: unknown = null;

  constructor(text: string, take: (line: Buffer) => void, done: (error: unknown) => void) {
    this.#text = text;
    this.#take = take;
    this.#done = done;
  }

  submit(connection: { query(text: string): void }): void {
    connection.query(this.#text);
  }

  /** One row with its line feed; the bytes are the receiver's only until it returns. */
  handleCopyData(message: { chunk: Buffer }): void {
    if (this.#failure !== null) return;
    try {
      this.#take(message.chunk);
    } catch (error) {
      // The rest of the rows is passed over: the connection is closed by who was told.
      this.#failure = error;
      this.#done(error);
    }
  }

  handleCommandComplete(): void {
    // Success is only certain with ReadyForQuery.
  }

  handleError(error: Error): void {
    this.#failure ??= error;
    this.#done(error);
  }

  handleReadyForQuery(): void {
    this.#done(this.#failure);
  }
}

/** Runs `text` (a COPY … TO STDOUT) and gives each row to `take`; rejects with what `take` threw, or of the server. */
export function copyOut(client: PgClient, text: string, take: (line: Buffer) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (error: unknown) => (error === null ? resolve() : reject(error));
    client.query(new CopyOutQuery(text, take, done) as unknown as Parameters<PgClient['query']>[0]);
  });
}
