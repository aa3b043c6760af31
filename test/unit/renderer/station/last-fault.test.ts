// What the scorecard of a fault says in words, in each of its states.
import { describe, expect, it } from 'vitest';
import { faultFacts } from '../../../../src/renderer/panels/station/last-fault.tsx';
import type { Scorecard } from '../../../../src/shared/chaos.ts';

const card: Scorecard = {
  id: 'one',
  run: null,
  fault: 'freeze',
  target: 'writer',
  seconds: 5,
  state: 'recovered',
  at: 0,
  liftedAt: 5_000,
  endedAt: 5_400,
  detectMs: 2_500,
  sign: 'writer: no sign of life',
  recoverMs: 212,
  lost: 0,
  doubled: 0,
  late: 3,
  p99Before: 20,
  p99Highest: 900,
  note: null,
  published: null,
  dead: null,
};
const says = (change: Partial<Scorecard>) =>
  Object.fromEntries(
    faultFacts({ ...card, ...change }).map(({ name, value, tone }) => [
      name,
      tone === undefined ? value : `${value} ${tone}`,
    ]),
  );

describe('the scorecard of a fault', () => {
  it('says when it was noticed and recovered, and what it cost', () => {
    expect(says({})).toEqual({
      'Noticed after': '2.5 s',
      'Well again after': '212 ms',
      'Rows lost · doubled': '0 · 0 ok',
      'Late records': '3',
      'p99 before · highest': '20 ms · 900 ms',
    });
  });

  it('claims nothing before it is over', () => {
    expect(says({ state: 'running', liftedAt: null, detectMs: null, recoverMs: null })).toMatchObject({
      'Noticed after': '–',
      'Well again after': 'still broken',
      'Rows lost · doubled': '–',
    });
  });

  it('marks what was lost and what did not come back', () => {
    expect(says({ lost: 2, doubled: 1 })).toMatchObject({ 'Rows lost · doubled': '2 · 1 bad' });
    expect(says({ state: 'not-recovered', recoverMs: null })).toMatchObject({
      'Well again after': 'not within a minute bad',
    });
    expect(says({ detectMs: null })).toMatchObject({ 'Noticed after': 'no sign' });
  });
});
