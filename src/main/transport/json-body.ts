// Reads the JSON body of a command within a bound. Used by http-routes.ts.
import { LiveDbError } from '../../shared/errors.ts';

const MAX_BODY_BYTES = 1024 * 1024;
/** A body beyond the bound is still read this far and thrown away: cut off in mid-sending, a client would not read why. */
const MAX_DISCARDED_BYTES = 16 * 1024 * 1024;
/** `curl -d` says the second when it is not told otherwise; the body has to be JSON all the same. */
const TAKEN_TYPES = ['application/json', 'application/x-www-form-urlencoded', 'text/plain'];

function checkType(contentType: string | null): void {
  const type = contentType?.split(';')[0]?.trim().toLowerCase() ?? '';
  if (type === '' || TAKEN_TYPES.includes(type)) return;
  throw new LiveDbError({
    code: 'not-json',
    message: `A body of type "${type}" was refused: commands take JSON.`,
    remedy: 'Send the body as JSON with "Content-Type: application/json".',
  });
}

function notJson(why: string): LiveDbError {
  return new LiveDbError({
    code: 'bad-request',
    message: `The body is not JSON: ${why}.`,
    remedy: 'Send a JSON object, or nothing for a command without fields.',
    details: { fields: [{ path: '', message: 'not JSON' }] },
  });
}

async function readBytes(body: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size <= MAX_BODY_BYTES) chunks.push(chunk);
    else chunks.length = 0;
    if (size > MAX_DISCARDED_BYTES) break;
  }
  if (size > MAX_BODY_BYTES) {
    throw new LiveDbError({
      code: 'too-large',
      message: 'The body was refused: it is larger than 1 MB.',
      remedy: 'No command needs that much; send less.',
    });
  }
  return Buffer.concat(chunks);
}

/** Throws LiveDbError `not-json`, `too-large` or `bad-request`; an empty body is an object without fields. */
export async function readJsonBody(request: Request): Promise<unknown> {
  checkType(request.headers.get('content-type'));
  if (request.body === null) return {};
  const bytes = await readBytes(request.body);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) throw notJson('it is not UTF-8');
    throw error;
  }
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text);
  } catch (error) {
    throw notJson(error instanceof Error ? error.message : String(error));
  }
}
