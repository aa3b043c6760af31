// Rows without a usable created_at: all are counted, the first named, in one incident that ends by itself.
import { expect, test } from 'vitest';
import { createIncidents } from '../../../src/main/control/incidents.ts';
import { tellUndated, UNDATED_QUIET_MS } from '../../../src/main/control/undated-rows.ts';
import { UndatedRows } from '../../../src/stages/producer/undated.ts';
import { FakeClock } from '../../support/fake-clock.ts';

test('one incident counts on while rows come, names the first, and is over a minute after the last', () => {
  const clock = new FakeClock();
  let ids = 0;
  const incidents = createIncidents({
    clock,
    newId: () => String(++ids),
    record: () => undefined,
    earlier: [],
    onChange: () => undefined,
  });
  const rows = new UndatedRows();
  const tell = (at: number) => tellUndated({ at, undated: rows.report() }, incidents);
  tell(0);
  expect(incidents.list()).toEqual([]);
  rows.add('17', null, 1_000);
  tell(1_000);
  expect(incidents.list()).toMatchObject([{ title: '1 row has no usable created_at', endedAt: null }]);
  for (let id = 18; id < 1_017; id++) rows.add(String(id), 'infinity', 2_000);
  tell(2_000);
  expect(incidents.list()).toMatchObject([
    {
      title: '1000 rows have no usable created_at',
      cause:
        'Their events carry the moment of capture instead: 17 (NULL), 18 (infinity), 19 (infinity), 20 (infinity), 21 (infinity) and 995 more, since the producer started.',
      endedAt: null,
    },
  ]);
  tell(2_000 + UNDATED_QUIET_MS + 1);
  expect(incidents.list()).toMatchObject([{ code: 'no-moment', endedAt: clock.now() }]);
});
