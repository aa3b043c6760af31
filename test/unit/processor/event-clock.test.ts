import { describe, expect, it } from 'vitest';
import { DEFAULT_QUERY, type QuerySpec } from '../../../src/shared/query.ts';
import { WindowCore } from '../../../src/stages/processor/windows/window-core.ts';

const T0 = Date.parse('2026-11-23T10:00:00.000Z');

function query(change: Partial<QuerySpec> = {}): QuerySpec {
  return { ...DEFAULT_QUERY, ...change };
}

/** A core with a partition clock that is fed event by event. */
function feed(core: WindowCore, partition: number, at: number, org: string, cents: number): void {
  core.add(at, core.org.ofText(org), 0, cents);
  core.clock.observe(partition, at, at);
  core.advance(at);
}

describe('event time', () => {
  it('does not let one event of the far future close every window', () => {
    const core = new WindowCore(query(), T0);
    const future = Date.parse('2099-01-01T00:00:00.000Z');
    feed(core, 0, T0, 'a', 1);
    core.add(future, core.org.ofText('a'), 0, 1);
    core.clock.observe(0, T0, null, { events: 1, least: future });
    core.advance(T0);
    expect(core.clock.watermark).toBe(T0 - 2_000);
    expect(core.openWindows).toBe(2);
    feed(core, 0, T0 + 12_000, 'a', 1);
    expect(core.take(9).length).toBe(1);
  });

  it('does not let many such events in a row, or a partition with nothing else, close or hold back a window', () => {
    const core = new WindowCore(query({ idleTimeoutMs: 1_000 }), T0);
    const future = Date.parse('2099-01-01T00:00:00.000Z');
    feed(core, 0, T0, 'a', 1);
    feed(core, 1, T0, 'a', 1);
    for (let second = 1; second <= 30; second++) {
      const now = T0 + second * 1_000;
      core.clock.caughtUp(1, now, true);
      core.add(future, core.org.ofText('b'), 0, 1);
      expect(core.clock.observe(1, now, null, { events: 5, least: future })).toBe(false);
      // Quiet for a while, then the other partition goes on.
      if (second > 10) feed(core, 0, now, 'a', 1);
      else core.advance(now);
    }
    expect(core.clock.watermark).toBe(T0 + 28_000);
    expect(core.take(9).map(({ result }) => result.count)).toEqual([2, 9]);
    expect(core.dropped).toBe(0);
  });

  it('says how many such events a change of the query lets go of, and calls none of them late', () => {
    const core = new WindowCore(query(), T0);
    for (let event = 0; event < 3; event++) core.add(T0 + 3_600_000, core.org.ofText('b'), 0, 1);
    feed(core, 0, T0, 'a', 1);
    expect(core.configure(query({ window: { kind: 'tumbling', sizeMs: 7_000 } }))).toBe(3);
    expect([core.late, core.dropped]).toEqual([0, 0]);
  });

  it('follows a source whose clock runs ahead as a whole', () => {
    const core = new WindowCore(query(), T0);
    const lead = 3 * 3_600_000;
    let told = false;
    for (let second = 0; second < 30; second++) {
      const now = T0 + second * 1_000;
      const at = now + lead;
      core.add(at, core.org.ofText('a'), 0, 1);
      const within = at <= core.clock.horizon(now);
      told = core.clock.observe(0, now, within ? at : null, { events: within ? 0 : 1, least: at }) || told;
      core.advance(now);
    }
    expect(told).toBe(true);
    expect(core.take(9).length).toBeGreaterThan(0);
  });
});
