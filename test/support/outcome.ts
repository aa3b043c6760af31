// What became of a promise, looked at later: for tests that move a clock between asking and answer.
import { LiveDbError } from '../../src/shared/errors.ts';

/** Watches a promise from now on; gives `pending`, `done`, or the code it was refused with. */
export function watched(promise: Promise<unknown>): () => string {
  let state = 'pending';
  promise.then(
    () => {
      state = 'done';
    },
    (error: unknown) => {
      state = LiveDbError.dataOf(error).code;
    },
  );
  return () => state;
}
