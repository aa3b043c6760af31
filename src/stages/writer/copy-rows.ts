// COPY … FROM STDIN over pg: the fastest way in, and the cheapest for the writer. Used by insert.ts for large bursts.
// Protocol: PostgreSQL chapter 54.2.6 (COPY operations); pg hands its messages to whatever query is active.
import type { PgClient } from '../../clients/postgres.ts';

/** The part of pg's connection that a copying query talks to. */
interface CopyConnection {
  query(text: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
  sendCopyFail(message: string): void;
}

/** pg calls these methods of the active query. */
class CopyQuery {
  callback: (error: Error | null) => void;
  readonly #text: string;
  readonly #chunks: Iterable<Buffer>;

  constructor(text: string, chunks: Iterable<Buffer>, callback: (error: Error | null) => void) {
    this.#text = text;
    this.#chunks = chunks;
    this.callback = callback;
  }

  submit(connection: CopyConnection): void {
    connection.query(this.#text);
  }

  handleCopyInResponse(connection: CopyConnection): void {
    for (const chunk of this.#chunks) connection.sendCopyFromChunk(chunk);
    connection.endCopyFrom();
  }

  handleCommandComplete(): void {
    // The count is known; success is only certain with ReadyForQuery.
  }

  handleError(error: Error): void {
    this.callback(error);
  }

  handleReadyForQuery(): void {
    this.callback(null);
  }
}

/** Runs `text` (a COPY … FROM STDIN) with the chunks as its input. Memory: one burst. */
export function copyRows(client: PgClient, text: string, chunks: Iterable<Buffer>): Promise<void> {
  return new Promise((resolve, reject) => {
    const query = new CopyQuery(text, chunks, (error) => (error === null ? resolve() : reject(error)));
    client.query(query as unknown as Parameters<PgClient['query']>[0]);
  });
}
