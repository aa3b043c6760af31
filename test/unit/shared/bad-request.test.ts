import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { badRequest } from '../../../src/shared/errors.ts';
import { HistoryQuery } from '../../../src/shared/history.ts';
import { DEFAULT_QUERY, QuerySpec } from '../../../src/shared/query.ts';

const Body = z.strictObject({
  rate: z.number().min(1).optional(),
  query: z.strictObject({ sizeMs: z.number().min(100) }).optional(),
});

function refused(body: unknown) {
  const parsed = Body.safeParse(body);
  if (parsed.success) throw new Error('the body was taken');
  return badRequest(parsed.error);
}

const pathsOf = (body: unknown) =>
  z.object({ fields: z.array(z.object({ path: z.string() })) }).parse(refused(body).details).fields;

describe('the refusal of a body', () => {
  it('names each unknown field by its own path, not by the object around it', () => {
    expect(pathsOf({ foo: 1, bar: 2 })).toEqual([{ path: 'foo' }, { path: 'bar' }]);
    expect(refused({ query: { sizeMs: 100, slide: 5 } }).message).toContain('"query.slide"');
  });

  it('names a field that is out of range by its dotted path', () => {
    expect(pathsOf({ rate: 0, query: { sizeMs: 1 } })).toEqual([{ path: 'rate' }, { path: 'query.sizeMs' }]);
  });

  it('says once what is of the wrong type', () => {
    const parsed = QuerySpec.safeParse({ ...DEFAULT_QUERY, groupBy: 'org' });
    expect(parsed.error?.issues.length).toBe(2);
    expect(badRequest(parsed.error ?? new z.ZodError([]))).toMatchObject({
      message: 'Field "groupBy" was refused: Invalid input: expected array, received string.',
      details: { fields: [{ path: 'groupBy' }] },
    });
  });

  it('names the end of a range that lies before its begin', () => {
    const parsed = HistoryQuery.safeParse({ from: 10, to: 5 });
    expect(badRequest(parsed.error ?? new z.ZodError([])).message).toBe(
      'Field "to" was refused: must not be before "from".',
    );
    expect(HistoryQuery.safeParse({ from: 10 }).success).toBe(true);
  });

  it('leaves the path empty when the whole body is wrong', () => {
    expect(pathsOf([])).toEqual([{ path: '' }]);
  });
});
