import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type MetricPoint, SERIES, type Series } from '../../../src/shared/history.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { ask, openAt, T0 } from './fixtures.ts';

const point = (at: number, values: MetricPoint['values']): MetricPoint => ({ at, stepMs: 1000, values });

/** The roll-up as the contract words it, computed from the seconds in the plainest way. */
function recompute(seconds: readonly MetricPoint[], stepMs: number): Map<number, Map<Series, number | null>> {
  const buckets = new Map<number, MetricPoint[]>();
  for (const second of seconds) {
    const at = Math.floor(second.at / stepMs) * stepMs;
    buckets.set(at, [...(buckets.get(at) ?? []), second]);
  }
  return new Map(
    [...buckets].map(([at, members]) => [
      at,
      new Map(
        SERIES.map((series) => {
          const values = members.map((m) => m.values[series] ?? null).filter((v) => v !== null);
          if (values.length === 0) return [series, null];
          const largest = series.startsWith('latency') || series.includes('Lag');
          return [
            series,
            largest ? Math.max(...values) : values.reduce((sum, v) => sum + v, 0) / values.length,
          ];
        }),
      ),
    ]),
  );
}

describe('metric points', () => {
  it('rolls up to what a recomputation from the seconds gives, over gaps and restarts in mid-step', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            skip: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 90 })),
            rate: fc.option(fc.integer({ min: 0, max: 100_000 })),
            latency: fc.option(fc.integer({ min: 0, max: 5_000 })),
            lag: fc.integer({ min: 0, max: 9 }),
            restart: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
          }),
          { minLength: 1, maxLength: 80 },
        ),
        (seconds) => {
          using dir = tempDir('points');
          const clock = { at: T0 };
          let store = openAt(dir.path, clock);
          const recorded: MetricPoint[] = [];
          for (const second of seconds) {
            clock.at += second.skip * 1000;
            const next = point(clock.at, {
              writerRate: second.rate,
              latencyP99: second.latency,
              producerLagRows: second.lag,
            });
            recorded.push(next);
            store.recordPoint(next);
            store.flush();
            if (second.restart) {
              store.close();
              store = openAt(dir.path, clock);
            }
          }
          for (const stepMs of [10_000, 60_000, 3_600_000] as const) {
            const expected = recompute(recorded, stepMs);
            const answer = store.query(ask({ from: T0 - 3_600_000, to: clock.at + 1, stepMs }));
            const seen = answer.points.filter((p) => Object.values(p.values).some((v) => v !== null));
            const wanted = [...expected].filter(([, values]) => [...values.values()].some((v) => v !== null));
            expect(seen.map((p) => p.at)).toEqual(wanted.map(([at]) => at));
            for (const p of seen) {
              for (const series of SERIES) {
                const want = expected.get(p.at)?.get(series) ?? null;
                const got = p.values[series] ?? null;
                if (want === null || got === null) expect(got).toBe(want);
                else expect(got).toBeCloseTo(want, 6);
              }
            }
          }
          store.close();
        },
      ),
      { numRuns: 25 },
    );
  });

  it('shows a hole as one point of nulls', () => {
    using dir = tempDir('points');
    const clock = { at: T0 };
    const store = openAt(dir.path, clock);
    for (const second of [0, 1, 2, 30, 31])
      store.recordPoint(point(T0 + second * 1000, { writerRate: second }));
    clock.at = T0 + 32_000;
    const answer = store.query(ask({ from: T0, series: ['writerRate'] }));
    expect(answer.stepMs).toBe(1000);
    expect(answer.points.map((p) => [(p.at - T0) / 1000, p.values.writerRate])).toEqual([
      [0, 0],
      [1, 1],
      [2, 2],
      [3, null],
      [30, 30],
      [31, 31],
    ]);
    store.close();
  });

  it('picks the finest step that fits the range and reaches back far enough', () => {
    using dir = tempDir('points');
    const clock = { at: T0 };
    const store = openAt(dir.path, clock);
    for (let second = 0; second < 7200; second += 1) {
      store.recordPoint(point(T0 + second * 1000, { writerRate: 50 }));
    }
    clock.at = T0 + 7_200_000;
    const step = (from: number, maxPoints: number) => store.query(ask({ from, maxPoints })).stepMs;
    expect(step(clock.at - 60_000, 2000)).toBe(1000);
    expect(step(T0, 10_000)).toBe(1000);
    expect(step(T0, 2000)).toBe(10_000);
    expect(step(T0, 200)).toBe(60_000);
    expect(step(T0, 10)).toBe(3_600_000);
    store.close();
  });

  it('refuses a step that would give an unbounded answer, naming the field', () => {
    using dir = tempDir('points');
    const store = openAt(dir.path, { at: T0 });
    expect(() => store.query(ask({ from: 0, stepMs: 1000 }))).toThrow(/"stepMs"/);
    store.close();
  });

  it('gives only the series asked for', () => {
    using dir = tempDir('points');
    const store = openAt(dir.path, { at: T0 + 1000 });
    store.recordPoint(point(T0, { writerRate: 1, cpuMain: 0.5 }));
    const answer = store.query(ask({ from: T0, series: ['cpuMain'] }));
    expect(answer.points).toEqual([{ at: T0, stepMs: 1000, values: { cpuMain: 0.5 } }]);
    store.close();
  });
});
