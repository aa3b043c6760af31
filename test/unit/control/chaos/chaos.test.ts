// Faults and runs on a clock that the test moves: what is set and lifted when, what is refused, what a run counts.
import { beforeEach, describe, expect, it } from 'vitest';
import { type Chaos, type ChaosOptions, createChaos } from '../../../../src/main/control/chaos/chaos.ts';
import type { Detours, LinkMode } from '../../../../src/main/control/chaos/detours.ts';
import type { View } from '../../../../src/main/control/chaos/scorecard.ts';
import { createIncidents, type Incidents } from '../../../../src/main/control/incidents.ts';
import type { AuditReport } from '../../../../src/shared/audit.ts';
import { ChaosInject, ChaosRunRequest, type ChaosTarget } from '../../../../src/shared/chaos.ts';
import { LiveDbError } from '../../../../src/shared/errors.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const running = { state: 'running', restarts: 0, waiting: null, since: 0 };

const counted = (count: number) => ({ count, named: [] });
/** All that a run reads of a report. */
const report = {
  agree: false,
  findings: { missing: counted(2), doubled: counted(0) },
} as unknown as AuditReport;

class FakeDetours implements Detours {
  readonly told: string[] = [];
  postgres: Detours['postgres'] = (_stage, endpoint) => endpoint;
  kafka: Detours['kafka'] = (_stage, endpoint) => endpoint;
  async ensure() {}
  async prepare(stages: readonly string[]) {
    this.told.push(`prepare ${stages.join(' ')}`);
    return false;
  }
  async set(links: readonly string[], mode: LinkMode) {
    this.told.push(`${mode.kind} ${links.join(' ')}`);
  }
  async freeze(pids: readonly number[], ms: number) {
    this.told.push(`freeze ${pids.join(' ')} ${ms}`);
    return pids.length;
  }
  async liftAll() {
    this.told.push('lift all');
  }
  tidy() {}
  async close() {}
}

let clock: FakeClock;
let detours: FakeDetours;
let incidents: Incidents;
let killed: ChaosTarget[];
let parts: View['parts'];

beforeEach(() => {
  clock = new FakeClock();
  detours = new FakeDetours();
  killed = [];
  parts = { writer: running, producer: running, processor: running, postgres: running, kafka: running };
  let incident = 0;
  incidents = createIncidents({
    clock,
    newId: () => String(++incident),
    record: () => undefined,
    earlier: [],
    onChange: () => undefined,
  });
});

function open(change: Partial<ChaosOptions> = {}): Chaos {
  const view = (): View => ({
    at: clock.now(),
    parts,
    lagSeconds: 0,
    heldBackSeconds: 0,
    writerAt: clock.now(),
    producerAt: clock.now(),
    processorHeard: true,
    missing: 0,
    duplicates: 0,
    checkedAt: clock.now(),
    late: 0,
    unreadable: 0,
    p99: 10,
  });
  return createChaos({
    clock,
    incidents,
    detours,
    view,
    kill: async (target) => void killed.push(target),
    pids: async () => [11, 12],
    foreign: () => false,
    publish: async ({ count }) => count,
    delayWrites: async (delayMs, ms) => void detours.told.push(`disk ${delayMs} ${ms}`),
    audit: async () => ({ id: 'a1', report: Promise.resolve(report) }),
    onChange: () => undefined,
    onFault: (error) => {
      throw error;
    },
    platform: 'linux',
    ...change,
  });
}
const fault = (input: ChaosInject | object) => ChaosInject.parse(input);
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (error: unknown) => LiveDbError.dataOf(error).code,
  );

describe('one fault', () => {
  it('cuts the links of its target and lifts them when its time is over', async () => {
    const chaos = open();
    await chaos.inject(fault({ fault: 'cut', target: 'producer', seconds: 2 }));
    expect(detours.told).toEqual(['prepare producer', 'cut producer:postgres producer:kafka']);
    expect(incidents.list()).toMatchObject([{ code: 'chaos-cut', subject: 'producer', endedAt: null }]);
    await clock.advance(1_999);
    expect(detours.told).toHaveLength(2);
    await clock.advance(1);
    expect(detours.told.at(-1)).toBe('pass producer:postgres producer:kafka');
    expect(incidents.list()[0]?.endedAt).toBe(clock.now());
    await clock.advance(2_000);
    expect(chaos.status().scorecards).toMatchObject([
      { state: 'recovered', detectMs: null, lost: 0, doubled: 0 },
    ]);
  });

  it('a service is every stage’s connection to it', async () => {
    await open().inject(fault({ fault: 'slow', target: 'kafka', seconds: 1 }));
    expect(detours.told).toEqual(['prepare producer processor', 'slow producer:kafka processor:kafka']);
  });

  it('freezes every process of the target, and says what stands in where it cannot', async () => {
    await open().inject(fault({ fault: 'freeze', target: 'postgres', seconds: 1.5 }));
    expect(detours.told).toEqual(['freeze 11 12 1500']);
    const windows = open({ platform: 'win32' });
    await windows.inject(fault({ fault: 'freeze', target: 'writer', seconds: 1 }));
    expect(detours.told.at(-1)).toBe('cut writer:postgres');
    expect(windows.status().scorecards[0]?.note).toMatch(/Windows cannot freeze/);
  });

  it('slows down the disk of the broker by its own delay', async () => {
    await open().inject(fault({ fault: 'slow-disk', target: 'kafka', seconds: 2 }));
    expect(detours.told).toEqual(['disk 1000 2000']);
    await clock.advance(2_000);
    expect(detours.told).toEqual(['disk 1000 2000', 'disk 0 0']);
    expect(incidents.list()).toMatchObject([
      { code: 'chaos-slow-disk', title: 'Kafka had a slow disk for 2 s' },
    ]);
    expect(ChaosInject.safeParse({ fault: 'slow-disk', target: 'writer' }).success).toBe(false);
  });

  it('slows down the disk of PostgreSQL by holding its processes one write after the other', async () => {
    await open().inject(fault({ fault: 'slow-disk', target: 'postgres', seconds: 2, delayMs: 800 }));
    await clock.advance(5_000);
    expect(detours.told).toEqual(['freeze 11 12 800', 'freeze 11 12 800', 'freeze 11 12 300']);
    const windows = open({ platform: 'win32' });
    const request = fault({ fault: 'slow-disk', target: 'postgres', seconds: 1 });
    expect(await codeOf(windows.inject(request))).toBe('chaos.not-ours');
  });

  it('refuses to kill or freeze what belongs to others, but cuts the connections to it', async () => {
    const chaos = open({ foreign: (target) => target === 'kafka' });
    expect(await codeOf(chaos.inject(fault({ fault: 'kill', target: 'kafka' })))).toBe('chaos.not-ours');
    expect(await codeOf(chaos.inject(fault({ fault: 'cut', target: 'kafka' })))).toBe('done');
    expect(killed).toEqual([]);
  });

  it('refuses a target that does not run, and more than eight at once', async () => {
    parts = { ...parts, writer: { ...running, state: 'stopped' } };
    const chaos = open();
    expect(await codeOf(chaos.inject(fault({ fault: 'kill', target: 'writer' })))).toBe('not-running');
    const cut = fault({ fault: 'cut', target: 'producer', seconds: 60 });
    for (let i = 0; i < 8; i++) await chaos.inject(cut);
    expect(await codeOf(chaos.inject(cut))).toBe('chaos.too-many');
  });

  it('keeps the card of a kill that failed as refused, with the reason', async () => {
    const kill = () =>
      Promise.reject(new LiveDbError({ code: 'not-running', message: 'It has just ended.' }));
    const chaos = open({ kill });
    expect(await codeOf(chaos.inject(fault({ fault: 'kill', target: 'writer' })))).toBe('not-running');
    expect(chaos.status().scorecards).toMatchObject([{ state: 'refused', note: 'It has just ended.' }]);
  });

  it('publishes records to the topic of its own cluster, and to another only when told so', async () => {
    const asked: ChaosInject[] = [];
    const publish = async (request: ChaosInject) => {
      asked.push(request);
      return request.count;
    };
    const chaos = open({ publish });
    await chaos.inject(fault({ fault: 'poison', target: 'kafka', count: 7, kinds: ['null', 'huge'] }));
    expect(asked).toMatchObject([{ count: 7, kinds: ['null', 'huge'] }]);
    expect(chaos.status().scorecards).toMatchObject([
      { fault: 'poison', published: 7, dead: 0, seconds: null },
    ]);
    expect(incidents.list()).toMatchObject([
      { code: 'chaos-poison', title: '7 poison records were published' },
    ]);
    const foreign = open({ publish, foreign: (target) => target === 'kafka' });
    const poison = fault({ fault: 'poison', target: 'kafka' });
    expect(await codeOf(foreign.inject(poison))).toBe('chaos.not-ours');
    expect(await codeOf(foreign.inject({ ...poison, foreign: true }))).toBe('done');
    expect(ChaosInject.safeParse({ fault: 'double', target: 'producer' }).success).toBe(false);
    const huge = fault({ fault: 'poison', target: 'kafka', kinds: ['huge'], count: 51 });
    expect(await codeOf(chaos.inject(huge))).toBe('chaos.too-large');
  });

  it('the range of its fields is checked', () => {
    for (const bad of [{ seconds: 0 }, { seconds: 121 }, { delayMs: 0 }, { target: 'engine' }, { more: 1 }]) {
      expect(ChaosInject.safeParse({ fault: 'cut', target: 'writer', ...bad }).success).toBe(false);
    }
  });
});

describe('a run', () => {
  const request = (change: object = {}) =>
    ChaosRunRequest.parse({ kills: 12, seed: 5, pauseMs: 200, ...change });
  const finished = async (chaos: Chaos) => {
    for (let i = 0; i < 4_000 && chaos.status().run?.state === 'running'; i++) await clock.advance(50);
    return chaos.status().run;
  };

  it('makes as many faults as asked, the same for the same seed', async () => {
    const first = open();
    await first.run(request());
    expect(await finished(first)).toMatchObject({
      state: 'done',
      done: 12,
      notRecovered: 0,
      lost: 0,
      doubled: 0,
    });
    expect(first.status().run?.audit).toEqual({
      id: 'a1',
      state: 'differs',
      missing: 2,
      doubled: 0,
      note: null,
    });
    const once = killed.splice(0);
    expect(once).toHaveLength(12);
    const second = open();
    await second.run(request());
    await finished(second);
    expect(killed).toEqual(once);
  });

  it('refuses a second one meanwhile; stop ends it and lifts everything', async () => {
    const chaos = open();
    await chaos.run(request({ kills: 1_000 }));
    expect(await codeOf(chaos.run(request()))).toBe('chaos.running');
    await clock.advance(1_000);
    const stopping = chaos.stop();
    await clock.advance(1_000);
    await stopping;
    expect(chaos.status().run).toMatchObject({ state: 'stopped' });
    expect(detours.told.at(-1)).toBe('lift all');
    const struck = killed.length;
    await clock.advance(10_000);
    expect(killed).toHaveLength(struck);
  });

  it('says why no audit confirms what the ledger said', async () => {
    const busy = new LiveDbError({ code: 'audit.busy', message: 'An audit runs already.' });
    const chaos = open({ audit: () => Promise.reject(busy) });
    await chaos.run(request({ kills: 1 }));
    await finished(chaos);
    expect(chaos.status().run?.audit).toMatchObject({ state: 'failed', note: 'An audit runs already.' });
  });

  it('is refused when nothing of it can be done', async () => {
    const chaos = open({ foreign: () => true });
    expect(await codeOf(chaos.run(request()))).toBe('chaos.not-ours');
  });
});
