import { describe, expect, it } from 'vitest';
import { createForecasts } from '../../../src/main/control/replay-forecast.ts';
import type { Speed } from '../../../src/shared/replay.ts';

const MAX: Speed = { kind: 'max' };
const times = (factor: number): Speed => ({ kind: 'times', factor });
const SPAN = { from: 10_000, to: 70_000 };

function found(events: number, tookMs: number, around = 0) {
  return { events, windows: 10, around, span: SPAN, read: { events, openedMs: 50, tookMs } };
}

describe('the forecast of a replay', () => {
  it('reckons the reading as long as the look took, with what lies around, and the speed asked for', () => {
    const forecasts = createForecasts();
    const of = (work: ReturnType<typeof forecasts.branch>) => forecasts.seconds(work);
    const none = of(forecasts.branch(found(0, 50), MAX));
    expect(of(forecasts.branch(found(100_000, 4_050), MAX)) - none).toBeCloseTo(4);
    // 25 events a ms were seen, 150 were thought: half-way between.
    expect(of(forecasts.branch(found(1_000, 50, 87_500), MAX)) - none).toBeCloseTo(1.05);
    expect(of(forecasts.branch(found(1_000, 60), times(2))) - none).toBeCloseTo(30 - 0.05);
  });

  it('reckons a range of which only a part was looked at by the rate of that part', () => {
    const forecasts = createForecasts();
    const part = { ...found(300_000, 1_000), read: { events: 50_000, openedMs: 0, tookMs: 1_000 } };
    const { atFullMs } = forecasts.branch(part, MAX);
    expect(atFullMs).toBeCloseTo(3_000);
  });

  it('reckons with the channel when there are more results than events are slow', () => {
    const { atFullMs } = createForecasts().branch({ ...found(1_000, 60), windows: 400_000 }, MAX);
    expect(atFullMs).toBe(10_000);
  });

  it('learns how long starting and comparing take here, and never from a short or paced run how fast one can be', () => {
    const forecasts = createForecasts();
    for (let run = 0; run < 8; run++) {
      forecasts.started(3_000);
      forecasts.begun(`b${run}`, forecasts.branch(found(1_000, 100), MAX));
      forecasts.done(`b${run}`, 7_100);
      forecasts.begun(`p${run}`, forecasts.republish(500, SPAN, times(1)));
      forecasts.done(`p${run}`, 64_000);
    }
    expect(forecasts.seconds(forecasts.branch(found(1_000, 100), MAX))).toBeCloseTo(7.1, 1);
    expect(forecasts.seconds(forecasts.republish(500, SPAN, times(1)))).toBeCloseTo(64, 1);
    expect(forecasts.seconds(forecasts.republish(20_000, SPAN, MAX))).toBeCloseTo(5, 1);
  });

  it('learns the rate of a long re-publish, and nothing from one that was broken off', () => {
    const forecasts = createForecasts();
    const before = forecasts.seconds(forecasts.republish(100_000, SPAN, MAX));
    forecasts.begun('one', forecasts.republish(100_000, SPAN, MAX));
    forecasts.broken('one');
    forecasts.done('one', 900_000);
    expect(forecasts.seconds(forecasts.republish(100_000, SPAN, MAX))).toBe(before);
    forecasts.begun('two', forecasts.republish(100_000, SPAN, MAX));
    forecasts.done('two', 11_000);
    expect(forecasts.seconds(forecasts.republish(100_000, SPAN, MAX))).toBeGreaterThan(before + 1);
  });

  it('takes a rewind for as long as its preview read, by its speed', () => {
    const forecasts = createForecasts();
    const atOnce = forecasts.seconds(forecasts.rewind(0, SPAN, MAX));
    expect(forecasts.seconds(forecasts.rewind(2_000, SPAN, MAX)) - atOnce).toBeCloseTo(2);
    expect(forecasts.seconds(forecasts.rewind(2_000, SPAN, times(10))) - atOnce).toBeCloseTo(6);
  });
});
