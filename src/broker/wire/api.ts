// One API of the protocol: its key, the versions spoken and the grammars of request and response; and the two frame
// headers around them. Made by the files in apis/, used by the connection and by the tests.
import { Reader } from './reader.ts';
import type { ReadOf, Type, WriteOf } from './schema.ts';
import { Writer } from './writer.ts';

export interface Api<Req extends Type<unknown, never>, Res extends Type<unknown, never>> {
  readonly key: number;
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** First version with compact lengths and tagged fields (KIP-482); null when none has. */
  readonly flexible: number | null;
  readonly request: Req;
  readonly response: Res;
}

export type AnyApi = Api<Type<unknown, never>, Type<unknown, never>>;
export type RequestOf<A> = A extends { request: infer T } ? ReadOf<T> : never;
export type ResponseOf<A> = A extends { response: infer T } ? WriteOf<T> : never;

export const API_VERSIONS_KEY = 18;

export function api<Req extends Type<unknown, never>, Res extends Type<unknown, never>>(
  definition: Api<Req, Res>,
): Api<Req, Res> {
  return definition;
}

export function isFlexible(definition: { flexible: number | null }, version: number): boolean {
  return definition.flexible !== null && version >= definition.flexible;
}

/** First fields of every request; the rest of header v1 and v2 is read by `readHeaderRest`. */
export interface RequestHead {
  apiKey: number;
  version: number;
  correlationId: number;
}

/** Request header => api_key api_version correlation_id client_id? [tags] */
export function readHead(frame: Buffer): { head: RequestHead; reader: Reader } {
  const reader = new Reader(frame);
  return {
    head: { apiKey: reader.int16(), version: reader.int16(), correlationId: reader.int32() },
    reader,
  };
}

/** Client id (never compact, KIP-482) and tags; leaves the reader at the body, set to the right version. */
export function readHeaderRest(reader: Reader, definition: AnyApi, version: number): string | null {
  reader.flexible = false;
  const clientId = reader.nullableString();
  reader.version = version;
  reader.flexible = isFlexible(definition, version);
  if (reader.flexible) reader.tags();
  return clientId;
}

/** Response frame => size correlation_id [tags] body. ApiVersions never has tags in its header (KIP-511). */
export function responseFrame(
  definition: AnyApi,
  version: number,
  correlationId: number,
  body: unknown,
): Buffer[] {
  const writer = new Writer();
  writer.version = version;
  writer.flexible = isFlexible(definition, version);
  writer.int32(0);
  writer.int32(correlationId);
  if (writer.flexible && definition.key !== API_VERSIONS_KEY) writer.uvarint(0);
  (definition.response as Type<unknown, unknown>).write(writer, body);
  const size = writer.length - 4;
  const parts = writer.parts();
  parts[0]?.writeInt32BE(size, 0);
  return parts;
}
