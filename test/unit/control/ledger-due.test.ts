import { describe, expect, it } from 'vitest';
import { DueRows } from '../../../src/main/control/ledger-due.ts';

const position = (lastId: number) => ({ lastId: String(lastId), lastTx: '7' });

describe('rows that are due with the processor', () => {
  it('are those published well before the processor last had read everything', () => {
    const due = new DueRows();
    for (let second = 0; second < 20; second += 1) due.published(second * 1_000, position(second));
    expect(due.due(16_000, { at: 16_000, lagEvents: 0, life: 1 })?.lastId).toBe('14');
    expect(due.due(20_000, { at: 20_000, lagEvents: 500, life: 1 })?.lastId).toBe('14');
  });

  it('are none while a processor started anew reads on from its checkpoint', () => {
    const due = new DueRows();
    for (let second = 0; second < 20; second += 1) due.published(second * 1_000, position(second));
    expect(due.due(20_000, { at: 20_000, lagEvents: 0, life: 1 })).not.toBeNull();
    expect(due.due(21_000, { at: 21_000, lagEvents: 3, life: 2 })).toBeNull();
    expect(due.due(22_000, { at: 22_000, lagEvents: 0, life: 2 })?.lastId).toBe('19');
  });

  it('are none before the processor has said anything', () => {
    const due = new DueRows();
    due.published(0, position(1));
    expect(due.due(60_000, null)).toBeNull();
  });

  it('include the last rows after a while of quiet', () => {
    const due = new DueRows();
    due.published(10_000, position(9));
    const caughtUp = { at: 10_050, lagEvents: 0, life: 1 };
    expect(due.due(11_000, caughtUp)).toBeNull();
    expect(due.due(15_001, caughtUp)?.lastId).toBe('9');
  });

  it('are not held back by a producer that repeats its position', () => {
    const due = new DueRows();
    for (let second = 0; second < 3_000; second += 1) due.published(second * 1_000, position(1));
    expect(due.due(10_000, { at: 10_000, lagEvents: 0, life: 1 })?.lastId).toBe('1');
  });
});
