// The shape of a handler: one API and the function that answers it. `null` as an answer means that none is sent.
import type { RequestContext } from '../context.ts';
import type { AnyApi, RequestOf, ResponseOf } from '../wire/api.ts';

export interface Handler {
  api: AnyApi;
  answer(request: unknown, context: RequestContext): unknown;
}

export function handler<A extends AnyApi>(
  api: A,
  answer: (
    request: RequestOf<A>,
    context: RequestContext,
  ) => ResponseOf<A> | null | Promise<ResponseOf<A> | null>,
): Handler {
  return { api, answer: (request, context) => answer(request as RequestOf<A>, context) };
}
