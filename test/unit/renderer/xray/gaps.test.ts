// The stations of an X-ray as what is drawn.
import { describe, expect, it } from 'vitest';
import { withGaps } from '../../../../src/main/control/xray.ts';
import { clockText, gapsOf, gapText, wholeTime } from '../../../../src/renderer/panels/xray/gaps.ts';
import type { XrayStation } from '../../../../src/shared/xray.ts';

const station = (name: XrayStation['name'], at: number | null, gapMs: number | null): XrayStation => ({
  name,
  at,
  after: null,
  gapMs,
  note: '',
});

describe('gaps', () => {
  it('lie between stations whose times are known, with their share of the whole', () => {
    const stations = [
      station('written', 1_000, null),
      station('committed', null, null),
      station('captured', 1_030, 30),
      station('published', 1_030, 0),
      station('processed', 1_040, 10),
    ];
    expect(gapsOf(stations).map(({ from, to, ms, share }) => [from, to, ms, share])).toEqual([
      ['written', 'captured', 30, 0.75],
      ['captured', 'published', 0, 0],
      ['published', 'processed', 10, 0.25],
    ]);
    expect(wholeTime(stations)).toBe(40);
    expect(wholeTime(stations.slice(0, 2))).toBeNull();
  });

  it('are told with their sign, and clocks that disagree get no share', () => {
    expect(gapText({ gapMs: 12 })).toBe('+12 ms');
    expect(gapText({ gapMs: -4 })).toBe('−4 ms');
    expect(gapText({ gapMs: null })).toBe('');
    const gaps = gapsOf([
      station('written', 10, null),
      station('captured', 6, -4),
      station('published', 8, 2),
    ]);
    expect(gaps.map(({ share }) => share)).toEqual([0, 1]);
  });

  it('of a row that is dated ahead begin with its commit, and say so', () => {
    const stations = withGaps([
      station('written', 3_600_000, null),
      station('committed', 1_000, null),
      station('captured', 1_030, null),
    ]);
    expect(stations[0]?.note).toBe('dated 59 min 59 s ahead; when it was written is not known');
    expect(stations.map(({ gapMs }) => gapMs)).toEqual([null, null, 30]);
    expect(gapsOf(stations).map(({ from, to, ms, share }) => [from, to, ms, share])).toEqual([
      ['committed', 'captured', 30, 1],
    ]);
    expect(wholeTime(stations)).toBe(30);
    // Two clocks that disagree a little are not worth a word.
    const close = withGaps([station('written', 10, null), station('captured', 6, null)]);
    expect(close.map(({ gapMs, note }) => [gapMs, note])).toEqual([
      [null, ''],
      [-4, ''],
    ]);
  });

  it('have times of day with milliseconds', () => {
    expect(clockText(new Date(2026, 10, 23, 4, 5, 6, 7).getTime())).toBe('04:05:06.007');
  });
});
