// When the processor passed an offset, at the grain of its reports, and what of it goes to the history.
import { describe, expect, it } from 'vitest';
import { Passages } from '../../../src/main/control/passages.ts';

describe('passages', () => {
  it('bracket the moment at which an offset was passed, and name the next frame', () => {
    const passages = new Passages();
    passages.record(1_000, { 0: '10', 1: '5' });
    passages.record(1_050, { 0: '10', 1: '5' });
    passages.record(1_100, { 0: '20', 1: '5' });
    passages.frame(1_130);
    passages.record(1_150, { 0: '21', 1: '6' });
    // Standing still narrows the bracket.
    expect(passages.find(0, 10)).toEqual({ after: 1_050, at: 1_100, frameAt: 1_130 });
    expect(passages.find(0, 19)).toEqual({ after: 1_050, at: 1_100, frameAt: 1_130 });
    expect(passages.find(0, 20)).toEqual({ after: 1_100, at: 1_150, frameAt: null });
    expect(passages.find(1, 5)).toEqual({ after: 1_100, at: 1_150, frameAt: null });
    // Not passed yet; longer ago than these minutes; a partition nobody reads.
    expect(passages.find(0, 21)).toBeNull();
    expect(passages.find(0, 9)).toBeNull();
    expect(passages.find(7, 0)).toBeNull();
  });

  it('hand on each framed place once', () => {
    const passages = new Passages();
    passages.record(1_000, { 0: '10' });
    expect(passages.take()).toEqual([]);
    passages.frame(1_010);
    passages.record(1_020, { 0: '11' });
    expect(passages.take()).toEqual([{ at: 1_000, frameAt: 1_010, partition: 0, offset: 10 }]);
    expect(passages.take()).toEqual([]);
    passages.clear();
    expect(passages.find(0, 5)).toBeNull();
  });

  it('stay bounded', () => {
    const passages = new Passages();
    for (let at = 0; at < 30_000; at++) passages.record(at, { 0: String(at) });
    expect(passages.find(0, 29_998)).not.toBeNull();
    expect(passages.find(0, 1_000)).toBeNull();
  });
});
