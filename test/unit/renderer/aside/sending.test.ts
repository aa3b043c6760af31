import { expect, test } from 'vitest';
import {
  isEditable,
  itemsOf,
  outcomeOf,
  outcomeText,
  sendItems,
} from '../../../../src/renderer/panels/aside/sending.ts';
import type { SideRecord } from '../../../../src/shared/side-records.ts';

const record = (id: string, change: Partial<SideRecord> = {}): SideRecord => ({
  id,
  source: null,
  at: 1,
  reason: '',
  key: null,
  value: '{"mode":"replay"}',
  encoding: 'utf8',
  bytes: 17,
  cut: false,
  state: 'waiting',
  ...change,
});

test('only a whole text on which nothing was decided can be corrected', () => {
  expect(isEditable(record('0/1'))).toBe(true);
  for (const change of [
    { cut: true },
    { encoding: 'base64' as const },
    { value: null },
    { state: 'sent' as const },
    { state: 'dismissed' as const },
  ]) {
    expect(isEditable(record('0/1', change))).toBe(false);
  }
});

test('a replacement is made in each that has it, letter by letter; the others go as they are', () => {
  const records = [record('0/1'), record('0/2', { value: 'nothing' }), record('0/3', { cut: true })];
  expect(itemsOf(records, '"replay"}', '"$&"}')).toEqual([
    { id: '0/1', value: '{"mode":"$&"}' },
    { id: '0/2', value: null },
    { id: '0/3', value: null },
  ]);
  expect(itemsOf(records, '', 'x').every(({ value }) => value === null)).toBe(true);
});

test('sends in parts that one command takes, and adds the answers up', async () => {
  const asked: number[] = [];
  const items = Array.from({ length: 1_100 }, (_, n) => ({ id: `0/${n}`, value: null }));
  const outcome = await sendItems(
    (async (_command: string, input: { items: { id: string }[] }) => {
      asked.push(input.items.length);
      return input.items.map(({ id }) =>
        id.endsWith('7')
          ? { id, ok: false as const, error: { code: 'dead.not-an-event', message: 'It is no event.' } }
          : { id, ok: true as const, partition: 0, offset: '1' },
      );
    }) as never,
    items,
  );
  expect(asked).toEqual([500, 500, 100]);
  expect(outcomeText(outcome, 'sent')).toBe('990 records sent, 110 refused');
});

test('says what became of them', () => {
  const error = { code: 'x', message: 'y' };
  expect(outcomeText(outcomeOf([{ id: '0/1', ok: true }]), 'dismissed')).toBe('1 record dismissed');
  expect(outcomeText(outcomeOf([{ id: '0/1', ok: false, error }]), 'sent')).toBe('1 record not sent');
});
