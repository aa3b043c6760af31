// 25 kills drawn from a seed over all stages and services, under 2,000 rows/s of LiveDB's own and with writers from
// outside; a few of the half-dead kind beside them. The thousand is a command: npm run chaos -- --kills 1000.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { holds, prove, type Trial, type Verdict } from '../../chaos/prove.ts';
import { AuditReport } from '../../src/shared/audit.ts';
import { CHAOS_TARGETS } from '../../src/shared/chaos.ts';
import type { Snapshot } from '../../src/shared/snapshot.ts';
import { type ControlRoom, startControlRoom } from '../support/control-room.ts';

let room: ControlRoom;
beforeAll(async () => {
  room = await startControlRoom({ args: ['--no-run'] });
});
afterAll(async () => {
  expect(await room.close()).toBe(0);
});

const quietly = () => undefined;
const TRIAL: Trial = {
  kills: 25,
  rate: 2_000,
  seed: 20_261_123,
  faults: ['kill'],
  targets: [...CHAOS_TARGETS],
  outsideWriters: 3,
  minutes: null,
  pauseMs: 100,
  capture: 'auto',
  changeSeconds: 60,
};

describe('25 kills under 2,000 rows/s with writers from outside', () => {
  let verdict: Verdict;

  it('every fault is recovered from', async () => {
    verdict = await prove(room, TRIAL, quietly);
    expect(verdict.run).toMatchObject({ state: 'done', done: 25, notRecovered: 0 });
    expect(verdict.outside.transactions).toBeGreaterThan(10);
    expect(verdict.outside.rolledBack).toBeGreaterThan(0);
  }, 240_000);

  it('table and topic hold the same ids once each, windows equal SQL to the cent', () => {
    expect(verdict).toMatchObject({ lost: [], doubled: [], strange: 0 });
    expect(verdict.windows).toMatchObject({ different: [], publishedTwice: [] });
    expect(holds(verdict)).toBe(true);
    expect(verdict.run.audit).toMatchObject({ state: 'agrees', missing: 0, doubled: 0 });
    expect(verdict.ledger).toMatchObject({ written: verdict.rows, missing: 0, duplicates: 0 });
  });
});

describe('half-dead and slow peers', () => {
  it('are waited for without loss or doubling, whatever is frozen, cut off or slowed down', async () => {
    const trial: Trial = {
      ...TRIAL,
      kills: 8,
      rate: 1_000,
      seed: 7,
      faults: ['freeze', 'cut', 'slow', 'slow-disk'],
    };
    const verdict = await prove(room, trial, quietly);
    expect(verdict.run).toMatchObject({ state: 'done', done: 8, notRecovered: 0, lost: 0, doubled: 0 });
    expect(verdict).toMatchObject({ lost: [], doubled: [], strange: 0 });
    expect(holds(verdict)).toBe(true);
  }, 240_000);
});

describe('records that do harm, put on the topic on purpose', () => {
  const POISON = 16;
  const DOUBLED = 5;
  const even = ({ ledger: { written, published, processed } }: Snapshot) =>
    written > 1_000 && written === published && published === processed;
  const harm = async (fault: 'poison' | 'double', count: number) => {
    const { id } = await room.execute('chaos.inject', { fault, target: 'kafka', count });
    const seen = await room.until(
      `the scorecard of ${fault} is closed`,
      ({ chaos }) => chaos.scorecards.some((card) => card.id === id && card.endedAt !== null),
      70_000,
    );
    return { ledger: seen.ledger, card: seen.chaos.scorecards.find((card) => card.id === id) };
  };
  const audit = async () => AuditReport.parse(await room.execute('ledger.audit', { wait: true }));

  it('poison goes aside: ledger and audit find nothing lost, nothing doubled', async () => {
    await room.execute('pipeline.start', {});
    await room.until('rows flow', ({ ledger }) => ledger.processed > 1_000, 60_000);
    await room.execute('stage.stop', { stage: 'writer' });
    await room.until('everything has arrived', even, 60_000);
    const { card, ledger } = await harm('poison', POISON);
    expect(card).toMatchObject({ state: 'recovered', published: POISON, dead: POISON, lost: 0, doubled: 0 });
    expect(ledger).toMatchObject({ missing: 0, duplicates: 0, processed: ledger.written });
    const { topic, findings } = await audit();
    expect(topic).toMatchObject({ unreadable: POISON });
    expect([findings.missing, findings.doubled, findings.strange].map(({ count }) => count)).toEqual([
      0, 0, 0,
    ]);
  }, 200_000);

  it('events published once more are counted as doubled by both, and named by the audit', async () => {
    const { card, ledger } = await harm('double', DOUBLED);
    expect(card).toMatchObject({
      state: 'recovered',
      published: DOUBLED,
      dead: null,
      lost: 0,
      doubled: DOUBLED,
    });
    expect(ledger).toMatchObject({ missing: 0, duplicates: DOUBLED });
    const { agree, findings } = await audit();
    expect(agree).toBe(false);
    expect(findings.doubled.count).toBe(DOUBLED);
    expect(findings.doubled.named.map(({ places }) => places.length)).toEqual(Array(DOUBLED).fill(2));
    expect([findings.missing.count, findings.strange.count]).toEqual([0, 0]);
  }, 120_000);
});
