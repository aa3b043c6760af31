import fc from 'fast-check';
import { expect, test } from 'vitest';
import { share } from '../../../../src/renderer/store/structural-sharing.ts';

test('what is equal keeps its identity, whatever it is', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const copy = structuredClone(value);
      expect(share(value, copy)).toBe(value);
    }),
  );
});

test('the outcome always equals the newer value', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (before, after) => {
      expect(share(before, structuredClone(after))).toEqual(after);
    }),
  );
});

test('a change touches only the way down to it', () => {
  const before = { a: { b: 1, c: [1, 2] }, d: { e: null } };
  const after = share(before, { a: { b: 2, c: [1, 2] }, d: { e: null } });
  expect(after).not.toBe(before);
  expect(after.a).not.toBe(before.a);
  expect(after.a.c).toBe(before.a.c);
  expect(after.d).toBe(before.d);
});

test('a lost or a new key is a change', () => {
  const one: Record<string, number> = { a: 1 };
  const two: Record<string, number> = { a: 1, b: 2 };
  expect(share(two, { a: 1 })).toEqual(one);
  expect(share(one, { a: 1, b: 2 })).toEqual(two);
  expect(share(two, { a: 1, c: 2 })).toEqual({ a: 1, c: 2 });
});
