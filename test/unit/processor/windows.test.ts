import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EXACT_DISTINCT } from '../../../src/shared/event.ts';
import { IdSet } from '../../../src/shared/ids.ts';
import { DEFAULT_QUERY, type GroupField, type QuerySpec } from '../../../src/shared/query.ts';
import { restoreState, StateSnapshots } from '../../../src/stages/processor/checkpoint/state-snapshot.ts';
import { CheckpointStore } from '../../../src/stages/processor/checkpoint/store.ts';
import { centsText } from '../../../src/stages/processor/money.ts';
import { type Emission, WindowCore } from '../../../src/stages/processor/windows/window-core.ts';
import { type OracleEvent, type OracleResult, oracleResults } from '../../support/oracle.ts';
import { plainResult } from '../../support/processor-line.ts';

const T0 = Date.parse('2026-11-23T10:00:00.000Z');

function query(change: Partial<QuerySpec> = {}): QuerySpec {
  return { ...DEFAULT_QUERY, ...change };
}

/** A core with a partition clock that is fed event by event. */
function feed(core: WindowCore, partition: number, at: number, org: string, cents: number, now = at): void {
  core.add(at, core.org.ofText(org), core.region.ofText('r'), cents);
  core.clock.observe(partition, now, at);
  core.advance(now);
}

/** The newest revision of each window and group; fails on a revision that comes twice or leaves a gap. */
class Published {
  readonly newest = new Map<string, OracleResult>();
  readonly revisions = new Map<string, number>();

  take(emissions: Emission[]): void {
    for (const { result } of emissions) {
      const { group, revision, final, query: name } = result;
      const row = plainResult(result);
      const label = group.org ?? group.region ?? '';
      const key = `${name} ${row.start}/${row.end}/${label}`;
      expect(revision).toBe((this.revisions.get(key) ?? -1) + 1);
      expect(final).toBe(true);
      this.revisions.set(key, revision);
      this.newest.set(key, row);
    }
  }

  sorted(): OracleResult[] {
    return [...this.newest.values()].sort((a, b) =>
      a.start < b.start ? -1 : a.start > b.start ? 1 : a.group < b.group ? -1 : 1,
    );
  }
}

describe('window core', () => {
  it('closes a window when the watermark of all partitions has passed it', () => {
    const core = new WindowCore(query(), T0);
    core.clock.track(0, T0);
    core.clock.track(1, T0);
    feed(core, 0, T0 + 1_000, 'a', 100);
    feed(core, 0, T0 + 15_000, 'a', 100);
    expect(core.take(9)).toEqual([]);
    feed(core, 1, T0 + 11_999, 'b', 200);
    expect(core.take(9)).toEqual([]);
    feed(core, 1, T0 + 12_000, 'b', 200);
    const [first, ...others] = core.take(9);
    expect(others).toEqual([]);
    expect(first?.result).toEqual({
      window: { kind: 'tumbling', start: '2026-11-23T10:00:00.000Z', end: '2026-11-23T10:00:10.000Z' },
      group: { org: 'a' },
      count: 1,
      sum: '1.00',
      avg: '1.00',
      min: '1.00',
      max: '1.00',
      p50: '1.00',
      p95: '1.00',
      p99: '1.00',
      revision: 0,
      final: true,
      query: 'live',
    });
    expect(Object.keys(first?.result ?? {})).toEqual(
      'window group count sum avg min max p50 p95 p99 revision final query'.split(' '),
    );
  });

  it('leaves idle partitions out, but not one with a backlog', () => {
    const core = new WindowCore(query(), T0);
    core.clock.track(1, T0);
    feed(core, 0, T0, 'a', 1);
    feed(core, 0, T0 + 13_000, 'a', 1, T0 + 13_000);
    expect(core.clock.watermark).toBeNull();
    core.clock.caughtUp(1, T0 + 13_000, true);
    core.advance(T0 + 13_000);
    expect(core.clock.watermark).toBe(T0 + 11_000);
    expect(core.take(9).length).toBe(1);
  });

  it('lets the clock close the last windows, and not more than these', () => {
    const core = new WindowCore(query({ idleTimeoutMs: 1_000 }), T0);
    feed(core, 0, T0 + 5_000, 'a', 1, T0 + 5_000);
    core.clock.caughtUp(0, T0 + 5_000, true);
    core.advance(T0 + 11_999);
    expect(core.take(9)).toEqual([]);
    core.advance(T0 + 12_000);
    expect(core.take(9).length).toBe(1);
    // A day of silence; then rows of that day arrive: none of them is late.
    core.advance(T0 + 86_400_000);
    expect(core.clock.watermark).toBe(T0 + 10_000);
    feed(core, 0, T0 + 60_000, 'a', 1, T0 + 86_400_000);
    expect([core.late, core.dropped]).toEqual([0, 0]);
  });

  it('corrects a window within the allowed lateness and drops beyond it', () => {
    const core = new WindowCore(query({ allowedLatenessMs: 20_000 }), T0);
    feed(core, 0, T0, 'a', 100);
    feed(core, 0, T0 + 20_000, 'a', 1);
    expect(core.take(9).map((one) => [one.result.revision, one.result.sum])).toEqual([[0, '1.00']]);
    feed(core, 0, T0 + 1, 'a', 50);
    feed(core, 0, T0 + 2, 'a', 50);
    expect(core.take(9)).toEqual([]);
    core.fireCorrections();
    expect(core.take(9).map((one) => [one.result.revision, one.result.sum])).toEqual([[1, '2.00']]);
    feed(core, 0, T0 + 32_000, 'a', 1);
    core.take(9);
    core.purge();
    feed(core, 0, T0 + 3, 'a', 50);
    core.fireCorrections();
    expect(core.take(9)).toEqual([]);
    expect([core.late, core.dropped]).toEqual([2, 1]);
  });

  it('equals the oracle, whatever the disorder, lateness and restarts from checkpoints in between', async () => {
    const event = fc.record({
      partition: fc.nat(2),
      step: fc.integer({ min: 0, max: 3_000 }),
      late: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(60_000) }),
      group: fc.constantFrom('a', 'b', 'c', 'ü'),
      cents: fc.integer({ min: -500, max: 1_000_000 }),
      restart: fc.nat(9).map((n) => n === 0),
    });
    const settings = fc.record({
      sizeMs: fc.constantFrom(100, 1_000, 7_000, 10_000),
      outOfOrdernessMs: fc.constantFrom(0, 2_000),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { maxLength: 120 }),
        settings,
        async (events, { sizeMs, outOfOrdernessMs }) => {
          const folder = mkdtempSync(join(tmpdir(), 'livedb-windows-'));
          try {
            const spec = query({ window: { kind: 'tumbling', sizeMs }, outOfOrdernessMs });
            const store = await CheckpointStore.open(folder);
            let core = new WindowCore(spec, T0);
            let ids = new IdSet();
            let snapshots = new StateSnapshots(core, ids, null);
            const published = new Published();
            const plain: OracleEvent[] = [];
            let time = T0;
            for (const [id, { partition, step, late, group, cents, restart }] of events.entries()) {
              time += step;
              const at = time - late;
              plain.push({ at, group, amount: centsText(cents) });
              ids.add(id);
              feed(core, partition, at, group, cents, time);
              if (late % 3 === 0) core.fireCorrections();
              published.take(core.take(late % 7));
              core.purge();
              if (!restart) continue;
              await write(store, snapshots, id % 2 === 0 ? () => undefined : () => ids.add(-id));
              ({ core, ids, snapshots } = await reopen(folder, spec));
              expect(ids.size).toBeGreaterThanOrEqual(id + 1);
            }
            core.finish();
            published.take(core.take(10_000));
            expect(core.dropped).toBe(0);
            expect(published.sorted()).toEqual(oracleResults(plain, sizeMs));
          } finally {
            rmSync(folder, { recursive: true });
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it('counts distinct orgs exactly up to the bound, and says of more that there are more, joined ones too', () => {
    const spec = query({ window: { kind: 'session', gapMs: 1_000 }, groupBy: ['region'] });
    const core = new WindowCore({ ...spec, aggregates: ['count', 'distinctOrgs'] }, T0);
    const add = (at: number, from: number, to: number, region: string) => {
      for (let n = from; n < to; n++)
        core.add(at, core.org.ofText(`org-${n}`), core.region.ofText(region), 1);
    };
    add(T0, 0, EXACT_DISTINCT, 'as many');
    add(T0, 0, EXACT_DISTINCT + 5, 'more');
    // Two sessions that one event in between joins.
    add(T0, 0, 60_000, 'joined');
    add(T0 + 1_800, 30_000, EXACT_DISTINCT + 1, 'joined');
    add(T0 + 900, 7, 8, 'joined');
    core.finish();
    const found = core
      .take(9)
      .map(({ result }) => [result.group.region, result.distinctOrgs, result.distinctOrgsAtLeast]);
    expect(found.sort()).toEqual([
      ['as many', EXACT_DISTINCT, undefined],
      ['joined', EXACT_DISTINCT + 1, true],
      ['more', EXACT_DISTINCT + 1, true],
    ]);
  });

  it('counts every event once when the query is changed while it runs', () => {
    const changes = fc.array(
      fc.record({
        after: fc.nat(60),
        sizeMs: fc.constantFrom(1_000, 5_000, 7_000, 60_000),
        groupBy: fc.constantFrom<GroupField>('org', 'region').map((field) => [field]),
      }),
      { maxLength: 6 },
    );
    const steps = fc.array(fc.integer({ min: 0, max: 4_000 }), { minLength: 60, maxLength: 60 });
    fc.assert(
      fc.property(steps, changes, (gaps, plan) => {
        const core = new WindowCore(query(), T0);
        const published = new Published();
        const plain: { at: number; amount: string }[] = [];
        let time = T0;
        gaps.forEach((gap, index) => {
          time += gap;
          plain.push({ at: time, amount: '1.00' });
          feed(core, 0, time, 'x', 100);
          published.take(core.take(100));
          for (const change of plan) {
            if (change.after !== index) continue;
            core.configure(
              query({ window: { kind: 'tumbling', sizeMs: change.sizeMs }, groupBy: change.groupBy }),
            );
          }
        });
        core.finish();
        published.take(core.take(10_000));
        expect(core.dropped).toBe(0);
        // Every window that was published is whole, and together they cover every event.
        for (const result of published.newest.values()) {
          const from = Date.parse(result.start);
          const to = Date.parse(result.end);
          expect(result.count).toBe(plain.filter(({ at }) => at >= from && at < to).length);
        }
        for (const { at } of plain) {
          const covering = published
            .sorted()
            .filter(({ start, end }) => at >= Date.parse(start) && at < Date.parse(end));
          expect(covering.length).toBeGreaterThan(0);
        }
      }),
    );
  });

  it('bounds its memory: old windows go early, then new groups are left out', () => {
    const core = new WindowCore(query(), T0, 10);
    for (let at = 0; at < 10; at++) feed(core, 0, T0, `g${at}`, 1);
    // No window is closed yet: the new group is left out.
    feed(core, 0, T0 + 20_000, 'g0', 1);
    expect([core.groups, core.overflow]).toEqual([10, 1]);
    // Now the first one is, and makes room as soon as its results are taken.
    expect(core.take(100).length).toBe(10);
    for (let at = 1; at < 12; at++) feed(core, 0, T0 + 20_000, `g${at}`, 1);
    expect([core.groups, core.overflow]).toEqual([10, 2]);
  });

  it('does not stall on a state of 100,000 groups', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'livedb-windows-'));
    try {
      const store = await CheckpointStore.open(folder);
      const spec = query();
      const core = new WindowCore(spec, T0);
      const ids = new IdSet();
      const snapshots = new StateSnapshots(core, ids, null);
      const round = (cents: number) => {
        for (let at = 0; at < 100_000; at++)
          core.add(T0 + (at % 10) * 10_000, core.org.ofText(`g${at}`), 0, cents);
      };
      const stalls: number[] = [];
      for (const cents of [100, 200, 300, 400, 500]) {
        round(cents);
        const began = performance.now();
        const frozen = snapshots.freeze(store.next);
        stalls.push(performance.now() - began);
        // Some is written, then every group changes: the checkpoint still shows the moment of the freeze.
        frozen.writeSome(4);
        round(5);
        await store.write(meta(store.next, frozen.chainFrom, frozen.core), frozen.finish());
      }
      const restored = await reopen(folder, spec);
      const sums = [...restored.core.slots()].map((slot) => restored.core.table.sum(slot));
      expect(sums.length).toBe(100_000);
      expect(new Set(sums)).toEqual(new Set([1_520n]));
      // The median: this machine also does other things.
      expect(stalls.sort((a, b) => a - b)[2]).toBeLessThan(50);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }, 30_000);
});

function meta(sequence: number, chainFrom: number, core: ReturnType<StateSnapshots['freeze']>['core']) {
  const counters = { events: 0, duplicates: 0, replayed: 0, unreadable: 0, results: 0 };
  return { sequence, chainFrom, at: 0, input: {}, results: {}, counters, core };
}

async function write(
  store: CheckpointStore,
  snapshots: StateSnapshots,
  meanwhile: () => void,
): Promise<void> {
  const frozen = snapshots.freeze(store.next);
  meanwhile();
  await store.write(meta(store.next, frozen.chainFrom, frozen.core), frozen.finish());
}

async function reopen(folder: string, spec: QuerySpec) {
  const { loaded, faulty } = await (await CheckpointStore.open(folder)).load();
  expect(faulty).toEqual([]);
  if (loaded === null) throw new Error('no checkpoint');
  const core = new WindowCore(spec, T0);
  const ids = new IdSet();
  restoreState(core, ids, loaded.meta.core, loaded.bodies, T0);
  return { core, ids, snapshots: new StateSnapshots(core, ids, loaded.meta.chainFrom) };
}
