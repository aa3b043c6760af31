// Errors on their way out: the HTTP status of an error code, and the body that carries it. Used by the HTTP API and the
// stream.
import { LiveDbError, type LiveDbErrorData } from '../../shared/errors.ts';

export type RefusalStatus = 400 | 401 | 403 | 404 | 405 | 409 | 413 | 415 | 422 | 500 | 503;

const STATUS_OF_CODE: Readonly<Record<string, RefusalStatus>> = {
  'bad-request': 400,
  unauthorised: 401,
  forbidden: 403,
  'unknown-command': 404,
  'not-found': 404,
  'method-not-allowed': 405,
  conflict: 409,
  'too-large': 413,
  'not-json': 415,
  unexpected: 500,
  starting: 503,
  busy: 503,
};

/** Status of an error: what the request got wrong is 4xx; a code without an own status is 422. */
export function statusOf(error: LiveDbErrorData): RefusalStatus {
  const own = STATUS_OF_CODE[error.code];
  if (own !== undefined) return own;
  return error.code.startsWith('conflict') ? 409 : 422;
}

/** Any thrown value as status and body `{"error":{code,message,remedy?,details?}}`. */
export function refusal(thrown: unknown): { status: RefusalStatus; body: { error: LiveDbErrorData } } {
  const error = LiveDbError.dataOf(thrown);
  return { status: statusOf(error), body: { error } };
}
