import { chmodSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { accountIn, canReach } from '../../../src/postgres/account.ts';
import { createDatabase, setPassword } from '../../../src/postgres/database.sql.ts';
import { parsePostmasterFile } from '../../../src/postgres/leftover.ts';
import { choosePort } from '../../../src/postgres/port.ts';
import { settingsFile } from '../../../src/postgres/server-settings.ts';
import { ticksOf } from '../../../src/postgres/usage.ts';
import { tempDir } from '../../support/temp-dir.ts';

test('postmaster.pid is read as PostgreSQL writes it, and half of it is no server', () => {
  const text = '4711\n/data/postgres\n1795456213\n23104\n\n127.0.0.1\n  1234567    65536\nready   \n';
  expect(parsePostmasterFile(text)).toEqual({ pid: 4711, port: 23104, status: 'ready' });
  expect(parsePostmasterFile('4711\n/data')).toEqual({ pid: 4711, port: 0, status: '' });
  for (const broken of ['', '\n', 'x\n', '-1\n', '0\n']) expect(parsePostmasterFile(broken)).toBeNull();
});

test('times of a process are read past a name with spaces and parentheses', () => {
  const fields = ['S', ...Array.from({ length: 40 }, (_, i) => String(i + 4))];
  expect(ticksOf(`1 (a ) (b) ${fields.join(' ')}`)).toEqual({ own: 14 + 15, ended: 16 + 17 });
});

test('an account is found by its whole name, and never root’s', () => {
  const passwd =
    'root:x:0:0::/root:/bin/sh\npostgres2:x:7:7::/:/x\npostgres:x:101:104:,,,:/var:/bin/sh\ntoor:x:0:0::/:/x\n';
  expect(accountIn(passwd, 'postgres')).toEqual({ name: 'postgres', uid: 101, gid: 104 });
  expect(accountIn(passwd, 'toor')).toBeNull();
  expect(accountIn(passwd, 'nobody')).toBeNull();
});

test.skipIf(process.platform === 'win32')(
  'a closed folder anywhere on the way stands in the way',
  async () => {
    using folder = tempDir('reach');
    const inner = join(folder.path, 'a', 'b');
    mkdirSync(inner, { recursive: true });
    chmodSync(folder.path, 0o755);
    const stranger = { name: 'stranger', uid: 54_321, gid: 54_321 };
    expect(await canReach(inner, stranger)).toBe(true);
    chmodSync(join(folder.path, 'a'), 0o700);
    expect(await canReach(inner, stranger)).toBe(false);
    expect(await canReach(inner, { ...stranger, uid: process.getuid?.() ?? 0 })).toBe(true);
  },
);

test('the first wanted port that is free is taken, else one outside the range of outgoing ports', async () => {
  const owner = createServer();
  await new Promise<void>((done) => owner.listen(0, '127.0.0.1', done));
  const address = owner.address();
  const taken = address !== null && typeof address === 'object' ? address.port : 0;
  const other = await choosePort([taken, null]);
  expect(other).toBeGreaterThanOrEqual(20_000);
  expect(other).toBeLessThan(32_000);
  await new Promise((done) => owner.close(done));
  expect(await choosePort([taken])).toBe(taken);
});

test('names and passwords are quoted, settings cannot break out of their quotes', () => {
  expect(createDatabase('a"b')).toBe('CREATE DATABASE "a""b"');
  expect(setPassword('u', "it's")).toBe(`ALTER ROLE "u" PASSWORD 'it''s';`);
  for (const line of settingsFile().trim().split('\n').slice(1)) {
    expect(line).toMatch(/^[a-z_]+ = '[^']*' {2}# [^']+(?:'[^']+)?$/);
  }
});
