import { expect, test } from 'vitest';
import { takeToken } from '../../../../src/renderer/store/page-token.ts';

function page(hash: string, kept: string | null = null) {
  const stored = new Map<string, string>(kept === null ? [] : [['livedb-token', kept]]);
  const shown: string[] = [];
  const places = {
    location: { hash, pathname: '/', search: '' },
    history: {
      replaceState: (_: unknown, __: string, url?: string | URL | null) => void shown.push(String(url)),
    },
    storage: {
      getItem: (key: string) => stored.get(key) ?? null,
      setItem: (key: string, value: string) => void stored.set(key, value),
    },
  };
  return { places, stored, shown };
}

test('the token moves from the address into the storage of the tab', () => {
  const { places, stored, shown } = page('#token=abc_-1');
  expect(takeToken(places)).toBe('abc_-1');
  expect([...stored.values()]).toEqual(['abc_-1']);
  expect(shown).toEqual(['/']);
});

test('a reload, without the fragment, finds it there', () => {
  const { places, shown } = page('', 'abc');
  expect(takeToken(places)).toBe('abc');
  expect(shown).toEqual([]);
});

test('a new address replaces an old token; without both there is none', () => {
  expect(takeToken(page('#token=new', 'old').places)).toBe('new');
  expect(takeToken(page('').places)).toBe('');
});
