import { expect, test } from 'vitest';
import { keysOf } from '../../../../src/renderer/keyboard/keys.ts';
import { type Entry, searchEntries } from '../../../../src/renderer/panels/palette/search.ts';

const entries: Entry[] = [
  ['Stages', 'Stop writer'],
  ['Stages', 'Kill writer'],
  ['Services', 'Start PostgreSQL'],
  ['Pipeline', 'Start all'],
  ['View', 'Settings'],
].map(([group = '', label = '']) => ({ group, label, shortcut: '', run: () => undefined }));

const found = (query: string) => searchEntries(entries, query).map(({ label }) => label);

test('nothing typed shows everything in its order', () => {
  expect(found('  ')).toEqual(entries.map(({ label }) => label));
});

test('all words must be there, in any order and any case', () => {
  expect(found('WRITER kill')).toEqual(['Kill writer']);
  expect(found('writer fly')).toEqual([]);
});

test('beginnings of words come before what stands within', () => {
  expect(found('st')).toEqual(['Stop writer', 'Start PostgreSQL', 'Start all', 'Kill writer']);
  expect(found('services')).toEqual(['Start PostgreSQL']);
});

const pressed = { key: 'k', ctrlKey: false, metaKey: false, shiftKey: false, altKey: false };

test('keys are written as the table of shortcuts has them', () => {
  expect(keysOf({ ...pressed, ctrlKey: true })).toBe('mod+k');
  expect(keysOf({ ...pressed, metaKey: true })).toBe('mod+k');
  expect(keysOf({ ...pressed, key: 'K', shiftKey: true })).toBe('shift+k');
  expect(keysOf({ ...pressed, key: '?', shiftKey: true })).toBe('?');
  expect(keysOf({ ...pressed, altKey: true })).toBe('');
});
