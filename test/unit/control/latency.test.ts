import { describe, expect, it } from 'vitest';
import { createLatencyWindow } from '../../../src/main/control/latency.ts';

describe('latency from insert to frame', () => {
  it('adds the wait for the frame', () => {
    const window = createLatencyWindow();
    window.add(1_000, [[20, 100]]);
    window.frame(1_050);
    const { p50 } = window.quantiles(1_050);
    expect(p50).toBeGreaterThan(70 * 0.98);
    expect(p50).toBeLessThan(70 * 1.02);
  });

  it('gives quantiles within 2% of nearest rank', () => {
    const window = createLatencyWindow();
    for (let ms = 1; ms <= 1_000; ms += 1) window.add(0, [[ms, 1]]);
    window.frame(0);
    const { p50, p95, p99 } = window.quantiles(0);
    for (const [got, exact] of [
      [p50, 500],
      [p95, 950],
      [p99, 990],
    ] as const) {
      expect(Math.abs((got ?? 0) - exact) / exact).toBeLessThan(0.02);
    }
  });

  it('forgets after 10 s and says nothing without events', () => {
    const window = createLatencyWindow();
    expect(window.quantiles(0)).toEqual({ p50: null, p95: null, p99: null });
    window.add(0, [[5, 1]]);
    window.frame(0);
    expect(window.quantiles(9_000).p99).not.toBeNull();
    expect(window.quantiles(10_000).p99).toBeNull();
  });

  it('takes a backlog of days without growing', () => {
    const window = createLatencyWindow();
    window.add(0, [[40 * 86_400_000, 3]]);
    window.frame(0);
    expect(window.quantiles(0).p50).toBeGreaterThan(86_400_000);
  });
});
