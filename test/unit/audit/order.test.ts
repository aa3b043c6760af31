// Order by transaction and id, and by commit where the log is captured.
import { describe, expect, it } from 'vitest';
import { OrderCheck, parsePosition } from '../../../src/stages/audit/order.ts';

function checked(positions: readonly string[]): OrderCheck {
  const check = new OrderCheck();
  positions.forEach((text, offset) => {
    const position = parsePosition(text);
    if (position !== null) check.take(0, offset, position);
  });
  return check;
}

describe('positions', () => {
  it('are read exactly, and only when they are whole', () => {
    expect(parsePosition('765:26')).toEqual({ tx: 765, id: 26 });
    expect(parsePosition('765:9223372036854775807')).toEqual({ tx: 765, id: 9223372036854775807n });
    expect(parsePosition('765:-3')).toEqual({ tx: 765, id: -3 });
    for (const text of [null, '', '5', ':5', '0:5', 'x:5', '5:', '5:x'])
      expect(parsePosition(text)).toBeNull();
  });
});

describe('the order of a partition', () => {
  it('is right when it ascends, whatever other partitions do', () => {
    const check = checked(['5:1', '5:2', '6:1', '9:9007199254740993']);
    check.take(1, 0, { tx: 2, id: 7 });
    expect(check.judge(new Map(), false, 10).order.count).toBe(0);
    expect(check.newest).toEqual({ tx: 9, id: 9007199254740993n });
  });

  it('is broken by a record that belongs before the one it follows', () => {
    const { order } = checked(['5:1', '7:3', '6:2', '8:4', '8:3']).judge(new Map(), false, 1);
    expect(order).toEqual({
      count: 2,
      named: [{ partition: 0, offset: '2', position: '6:2', before: '7:3' }],
    });
  });

  it('is right by commit where a longer transaction committed later', () => {
    const check = checked(['5:1', '7:3', '6:2']);
    const times = new Map([
      ['7', 100],
      ['6', 103],
    ]);
    expect(check.judge(times, false, 10).order.count).toBe(0);
    expect(check.judge(times, true, 10)).toEqual({ order: { count: 0, named: [] }, unjudged: 0 });
    times.set('6', 90);
    expect(check.judge(times, true, 10).order.count).toBe(1);
  });

  it('is not judged in a captured log whose commit times are gone, nor within one transaction', () => {
    expect(checked(['5:1', '7:3', '6:2']).judge(new Map(), true, 10)).toEqual({
      order: { count: 0, named: [] },
      unjudged: 1,
    });
    expect(checked(['5:9', '5:3']).judge(new Map(), true, 10).order.count).toBe(0);
    expect(checked(['5:9', '5:3']).judge(new Map(), false, 10).order.count).toBe(1);
  });
});
