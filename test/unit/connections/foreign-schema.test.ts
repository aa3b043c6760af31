import { expect, test } from 'vitest';
import { type ForeignDatabase, judgeForeign } from '../../../src/main/services/foreign-schema.ts';

const column = (name: string, optional = true) => ({ name, type: 'text', optional });
const usual: ForeignDatabase = {
  version: 150_004,
  standby: false,
  user: 'me',
  schema: 'public',
  canCreate: true,
  tableThere: true,
  offsetsThere: true,
  isTable: true,
  canSelect: true,
  isOwner: true,
  columns: ['id', 'org', 'amount', 'region', 'created_at'].map((name) => column(name, name === 'id')),
};
const judge = (part: Partial<ForeignDatabase>) => judgeForeign({ ...usual, ...part });

test('a table with tx lacks nothing', () => {
  expect(judge({ columns: [...usual.columns, column('tx')] })).toEqual({ proposal: null, blocked: null });
});

test('the usual table can be worked on as it is; tx and its index are proposed', () => {
  const { proposal, blocked } = judge({});
  expect(blocked).toBeNull();
  expect(proposal).toMatch(/ALTER TABLE livedb ADD COLUMN IF NOT EXISTS tx xid8/);
  expect(proposal).toMatch(/CREATE INDEX IF NOT EXISTS livedb_tx_id/);
  expect(proposal).not.toMatch(/CREATE TABLE/);
  expect(judge({ isOwner: false }).proposal).toMatch(/Only the owner/);
});

test('before PostgreSQL 13, and on a view, no tx is proposed', () => {
  expect(judge({ version: 120_000 })).toEqual({ proposal: null, blocked: null });
  expect(judge({ isTable: false })).toEqual({ proposal: null, blocked: null });
});

test('an empty database gets both tables proposed, and is blocked until then', () => {
  const { proposal, blocked } = judge({ tableThere: false, offsetsThere: false, columns: [] });
  expect(blocked).toBe('There is no table livedb.');
  expect(proposal).toMatch(
    /CREATE TABLE IF NOT EXISTS livedb \([\s\S]*CREATE TABLE IF NOT EXISTS producer_offsets/,
  );
});

test.each<[Partial<ForeignDatabase>, string]>([
  [{ standby: true }, 'The server is a standby and takes no rows.'],
  [{ canSelect: false }, 'me may not read the table livedb (the right SELECT is missing).'],
  [{ columns: usual.columns.slice(0, 3) }, 'The table livedb has no columns region, created_at.'],
  [
    { columns: [...usual.columns, column('tenant', false)] },
    'The table livedb demands a value for tenant, which LiveDB does not know how to give.',
  ],
  [
    { tableThere: false, canCreate: false, columns: [] },
    'There is no table livedb, and me may not create one in schema public.',
  ],
])('%j is named', (part, sentence) => {
  expect(judge(part).blocked).toBe(sentence);
});
