// What LiveDB says on the terminal: plain lines, and errors as one sentence with what to do. Used by the entry points.
import { LiveDbError } from '../shared/errors.ts';

/** A reader that went away (`npm start | head -1`) does not end LiveDB. */
export function tolerateClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: Error & { code?: string }) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
}

/** One sentence and its remedy; no stack. */
export function sentenceOf(error: unknown): string {
  const { message, remedy } = LiveDbError.dataOf(error);
  return remedy === undefined ? message : `${message} ${remedy}`;
}

export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
