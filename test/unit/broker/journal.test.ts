import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Journal } from '../../../src/broker/log/journal.ts';
import { tempDir } from '../../support/temp-dir.ts';

function open(path: string, snapshot: () => Iterable<unknown> = () => []) {
  const entries: unknown[] = [];
  const failures: unknown[] = [];
  const journal = new Journal(
    path,
    (entry) => entries.push(entry),
    snapshot,
    (failure) => failures.push(failure),
  );
  return { journal, entries, failures };
}

test('a journal torn at any byte keeps the whole entries before and goes on', () => {
  using dir = tempDir('journal');
  const path = join(dir.path, 'j');
  const first = open(path);
  first.journal.append({ n: 1 }, { n: 2 });
  const kept = readFileSync(path).length;
  first.journal.append({ n: 3 });
  first.journal.close();
  const whole = readFileSync(path);
  for (let cut = kept; cut < whole.length; cut += 1) {
    writeFileSync(path, whole.subarray(0, cut));
    const torn = open(path);
    expect(torn.entries).toEqual([{ n: 1 }, { n: 2 }]);
    torn.journal.append({ n: 4 });
    torn.journal.close();
    const again = open(path);
    expect(again.entries).toEqual([{ n: 1 }, { n: 2 }, { n: 4 }]);
    again.journal.close();
  }
});

test('a journal is written anew from its snapshot when it has grown', () => {
  using dir = tempDir('journal');
  const path = join(dir.path, 'j');
  const filler = 'x'.repeat(100_000);
  let last = 0;
  const { journal, failures } = open(path, () => [{ n: last, filler }]);
  for (let n = 1; n <= 100; n += 1) {
    last = n;
    journal.append({ n, filler });
  }
  journal.close();
  expect(failures).toEqual([]);
  expect(readFileSync(path).length).toBeLessThan(5_000_000);
  const again = open(path);
  expect(again.entries.at(-1)).toMatchObject({ n: 100 });
  again.journal.close();
});
