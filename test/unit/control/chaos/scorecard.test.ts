// What a scorecard reads off the control plane's view: first sign, recovery, cost.
import { describe, expect, it } from 'vitest';
import { GIVEN_UP_MS, observe, type View } from '../../../../src/main/control/chaos/scorecard.ts';
import type { Scorecard } from '../../../../src/shared/chaos.ts';

const running = { state: 'running', restarts: 0, waiting: null, since: 0 };
const before: View = {
  at: 1_000,
  parts: { writer: running, producer: running, processor: running, postgres: running, kafka: running },
  lagSeconds: 0,
  heldBackSeconds: 0,
  writerAt: 10,
  producerAt: 990,
  processorHeard: true,
  missing: 0,
  duplicates: 2,
  checkedAt: 900,
  late: 5,
  unreadable: 3,
  p99: 20,
};
const view = (at: number, change: Partial<View> = {}): View => ({
  ...before,
  at,
  producerAt: at,
  checkedAt: at,
  ...change,
});
const struck: Scorecard = {
  id: 'one',
  run: null,
  fault: 'kill',
  target: 'producer',
  seconds: null,
  state: 'running',
  at: 1_000,
  liftedAt: 1_000,
  endedAt: null,
  detectMs: null,
  sign: null,
  recoverMs: null,
  lost: 0,
  doubled: 0,
  late: 0,
  p99Before: 20,
  p99Highest: 20,
  note: null,
  published: null,
  dead: null,
};
const seen = (card: Scorecard, ...views: View[]) =>
  views.reduce((last, now) => observe(last, before, now), card);
const down = { ...before.parts, producer: { ...running, state: 'backing-off' } };
const back = { ...before.parts, producer: { ...running, restarts: 1 } };

describe('a scorecard', () => {
  it('of poison is done when all of it stands on the dead topic', () => {
    const poison: Scorecard = { ...struck, fault: 'poison', target: 'kafka', published: 10, dead: 0 };
    const some = seen(poison, view(1_050), view(1_100, { unreadable: 9 }));
    expect(some).toMatchObject({ state: 'running', dead: 6, sign: 'put aside as dead', detectMs: 100 });
    // A processor that begins again at its checkpoint tells less for a while.
    const all = seen(some, view(1_200, { unreadable: 4 }), view(1_300, { unreadable: 13 }));
    expect(all).toMatchObject({ state: 'recovered', dead: 10, lost: 0, doubled: 0, recoverMs: 300 });
  });

  it('of doubled events is done when the ledger has noticed them', () => {
    const double: Scorecard = { ...struck, fault: 'double', target: 'kafka', published: 3 };
    expect(seen(double, view(1_100, { duplicates: 4 })).state).toBe('running');
    expect(seen(double, view(1_100, { duplicates: 5 }))).toMatchObject({
      state: 'recovered',
      doubled: 3,
      dead: null,
    });
  });

  it('is detected at the first sign and recovered when all is even again', () => {
    const card = seen(
      struck,
      view(1_050, { parts: down }),
      view(1_400, { parts: back, lagSeconds: 2, p99: 900 }),
      view(1_600, { parts: back, checkedAt: 980 }),
      view(1_900, { parts: back, late: 9 }),
    );
    expect(card).toMatchObject({
      state: 'recovered',
      detectMs: 50,
      sign: 'producer backing-off',
      recoverMs: 900,
      endedAt: 1_900,
      lost: 0,
      doubled: 0,
      late: 4,
      p99Highest: 900,
    });
  });

  it('does not call it recovered while a part is down, waits, lags, or rows are missing', () => {
    const waits = { ...back, processor: { ...running, waiting: 'waiting for Kafka' } };
    const card = seen(
      struck,
      view(1_100, { parts: down }),
      view(1_200, { parts: waits }),
      view(1_300, { parts: back, lagSeconds: 1.5 }),
      view(1_400, { parts: back, missing: 3 }),
      view(1_500, { parts: back, producerAt: 999 }),
      view(1_600, { parts: back, processorHeard: false }),
    );
    expect(card.state).toBe('running');
  });

  it('names a dependent that notices when the target itself shows nothing', () => {
    const parts = { ...before.parts, writer: { ...running, waiting: 'PostgreSQL has not answered for 2 s' } };
    const card = seen(
      { ...struck, target: 'postgres', fault: 'cut', liftedAt: null },
      view(3_100, { parts }),
    );
    expect(card).toMatchObject({ detectMs: 2_100, sign: 'writer: PostgreSQL has not answered for 2 s' });
    expect(card.state).toBe('running');
  });

  it('takes what shows nowhere for weathered after a while', () => {
    const frozen: Scorecard = { ...struck, fault: 'freeze', seconds: 1, liftedAt: 2_000 };
    const soon = seen(frozen, view(2_200));
    expect(soon.state).toBe('running');
    const card = seen(soon, view(3_600));
    expect(card).toMatchObject({ state: 'recovered', detectMs: null, recoverMs: 200 });
  });

  it('waits for the first word of a new writer', () => {
    const parts = { ...before.parts, writer: { ...running, restarts: 1, since: 1_300 } };
    const waiting = seen({ ...struck, target: 'writer' }, view(1_400, { parts }));
    expect(waiting.state).toBe('running');
    expect(seen(waiting, view(1_500, { parts, writerAt: 1_450 }))).toMatchObject({ recoverMs: 500 });
  });

  it('does not count against it what an open transaction of others holds back', () => {
    const held = { parts: back, lagSeconds: 2.4, heldBackSeconds: 2.1 };
    expect(seen(struck, view(1_100, { parts: down }), view(1_900, held)).state).toBe('recovered');
  });

  it('gives up after its bound and says what is lost and doubled', () => {
    const card = seen(
      struck,
      view(1_100, { parts: down }),
      view(1_000 + GIVEN_UP_MS, { parts: back, missing: 4, duplicates: 3 }),
    );
    expect(card).toMatchObject({ state: 'not-recovered', lost: 4, doubled: 1, recoverMs: null });
  });
});
