import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WindowResult } from '../../../src/shared/event.ts';
import { IdSet } from '../../../src/shared/ids.ts';
import { AGGREGATES, DEFAULT_QUERY, QuerySpec } from '../../../src/shared/query.ts';
import type { CoreMeta } from '../../../src/stages/processor/checkpoint/state-snapshot.ts';
import { restoreState, StateSnapshots } from '../../../src/stages/processor/checkpoint/state-snapshot.ts';
import { KnownResults } from '../../../src/stages/processor/publish/known-results.ts';
import { WindowCore } from '../../../src/stages/processor/windows/window-core.ts';
import { inOrder, standing } from '../../support/standing.ts';
import { type ScriptStep, windowOracle } from '../../support/window-oracle.ts';

const T0 = Date.parse('2026-11-23T10:00:00.000Z');
const PARTITIONS = 3;

/** A step of the plan; a crash goes back to the last restart and does what came since once more. */
type Step = ScriptStep | { kind: 'crash' };

interface Saved {
  meta: CoreMeta | null;
  chainFrom: number | null;
  bodies: Buffer[];
  index: number;
  published: number;
  now: number;
}

/** The engine's core with its checkpoints and a results topic, driven as the processor drives it. */
class Processor {
  readonly topic: WindowResult[] = [];
  readonly late = new Set<number>();
  readonly #spec: QuerySpec;
  readonly #take: (step: number) => number;
  #core: WindowCore;
  #ids = new IdSet();
  #snapshots: StateSnapshots;
  #known: KnownResults | null = null;
  #settleAt = 0;
  #sequence = 0;
  #saved: Saved;
  #bodies = new Map<number, Buffer>();

  constructor(spec: QuerySpec, take: (step: number) => number) {
    this.#spec = spec;
    this.#take = take;
    this.#saved = { meta: null, chainFrom: null, bodies: [], index: 0, published: 0, now: T0 };
    this.#core = new WindowCore(spec, T0);
    this.#snapshots = new StateSnapshots(this.#core, this.#ids, null);
    this.#open();
  }

  run(steps: readonly Step[]): void {
    const script = steps.filter((step) => step.kind !== 'crash');
    let index = 0;
    let crashes = steps.flatMap((step, at) =>
      step.kind === 'crash' ? [steps.slice(0, at).filter(({ kind }) => kind !== 'crash').length] : [],
    );
    while (index < script.length || crashes.length > 0) {
      if (crashes[0] === index) {
        crashes = crashes.slice(1);
        this.#crash(index);
        index = this.#saved.index;
        continue;
      }
      const step = script[index];
      if (step === undefined) break;
      this.#step(step, index, script);
      index++;
      this.#settle(index);
    }
    this.#core.finish();
    this.#publish(Number.POSITIVE_INFINITY);
    this.#settle(Number.POSITIVE_INFINITY);
    this.#publish(Number.POSITIVE_INFINITY);
  }

  #step(step: ScriptStep, index: number, script: readonly ScriptStep[]): void {
    const core = this.#core;
    if (step.kind === 'restart') {
      this.#publish(this.#take(index));
      this.#checkpoint(index + 1, step.now);
      return;
    }
    if (step.kind === 'silence') {
      for (let one = 0; one < PARTITIONS; one++) core.clock.caughtUp(one, step.now, true);
    } else {
      const { at, org, region, cents, replay } = step;
      const taken = core.add(at, core.org.ofText(org), core.region.ofText(region), cents, replay);
      if (taken === 'dropped') this.late.add(index);
      else expect(this.late.has(index)).toBe(false);
      core.clock.observe(step.partition, step.now, at);
    }
    core.advance(step.now);
    if (index % 3 === 0 || index === script.length - 1) core.fireCorrections();
    this.#publish(this.#take(index));
    core.purge();
  }

  #publish(max: number): void {
    let left = max;
    while (left > 0 && this.#core.waiting > 0) {
      const emissions = this.#core.take(Math.min(left, 50));
      left -= emissions.length;
      this.#send(this.#known === null ? emissions : this.#known.filter(this.#core, emissions));
    }
  }

  #send(emissions: readonly { result: WindowResult }[]): void {
    for (const { result } of emissions) this.topic.push(result);
  }

  #settle(index: number): void {
    if (this.#known === null || index < this.#settleAt) return;
    this.#send(this.#known.settleAll(this.#core));
  }

  /** Writes the state down and goes on from what was written. */
  #checkpoint(index: number, now: number): void {
    const sequence = ++this.#sequence;
    const frozen = this.#snapshots.freeze(sequence);
    this.#bodies.set(sequence, frozen.finish());
    const bodies: Buffer[] = [];
    for (let link = frozen.chainFrom; link <= sequence; link++) {
      const body = this.#bodies.get(link);
      if (body !== undefined) bodies.push(body);
    }
    const meta = JSON.parse(JSON.stringify(frozen.core)) as CoreMeta;
    const published = this.topic.length;
    // Results held back are still to be decided: the next start must learn them again.
    const from = this.#known !== null && this.#known.size > 0 ? this.#saved.published : published;
    this.#saved = { meta, chainFrom: frozen.chainFrom, bodies, index, published: from, now };
    this.#crash(Math.max(index, this.#settleAt));
  }

  #crash(at: number): void {
    this.#settleAt = Math.max(at, this.#settleAt);
    this.#open();
  }

  #open(): void {
    const { meta, chainFrom, bodies, published, now } = this.#saved;
    this.#core = new WindowCore(this.#spec, now);
    this.#ids = new IdSet();
    if (meta !== null) restoreState(this.#core, this.#ids, meta, bodies, now);
    for (let one = 0; one < PARTITIONS; one++) this.#core.clock.track(one, now);
    this.#snapshots = new StateSnapshots(this.#core, this.#ids, chainFrom);
    const known = new KnownResults();
    for (const result of this.topic.slice(published)) known.learn(JSON.stringify(result));
    known.reconcile(this.#core);
    known.expect(this.#core, false);
    this.#core.onPurge = (slot) => this.#send(known.purge(this.#core, slot));
    this.#known = known;
  }
}

const window = fc.oneof(
  fc.constantFrom(1_000, 7_000, 10_000).map((sizeMs) => ({ kind: 'tumbling' as const, sizeMs })),
  fc
    .constantFrom([4_000, 1_000], [10_000, 5_000], [9_000, 3_000])
    .map(([sizeMs = 0, slideMs = 0]) => ({ kind: 'hopping' as const, sizeMs, slideMs })),
  fc.constantFrom(500, 2_000, 6_000).map((gapMs) => ({ kind: 'session' as const, gapMs })),
);
const filter = fc.record({
  orgs: fc.constantFrom(null, null, ['a', 'ü'], ['b']),
  regions: fc.constantFrom(null, null, ['r1']),
  minAmount: fc.constantFrom(null, null, '10', '-2.50'),
  maxAmount: fc.constantFrom(null, null, '7000.5'),
  modes: fc.constantFrom(['normal' as const], ['normal' as const], ['normal' as const, 'replay' as const]),
});
const query = fc
  .record({
    window,
    groupBy: fc.constantFrom([], ['org'], ['region'], ['org', 'region']),
    aggregates: fc.oneof(fc.constant([...AGGREGATES]), fc.subarray([...AGGREGATES])),
    filter: fc.oneof(fc.constant(DEFAULT_QUERY.filter), filter),
    outOfOrdernessMs: fc.constantFrom(0, 500, 2_000),
    allowedLatenessMs: fc.constantFrom(0, 3_000, 20_000, 600_000),
    idleTimeoutMs: fc.constantFrom(1_000, 3_000),
  })
  .map((asked) => QuerySpec.parse({ ...DEFAULT_QUERY, ...asked }));

const drawn = fc.record({
  what: fc.nat(99),
  partition: fc.nat(PARTITIONS - 1),
  gap: fc.oneof(
    { weight: 6, arbitrary: fc.nat(900) },
    { weight: 1, arbitrary: fc.nat(15_000) },
    { weight: 1, arbitrary: fc.constant(0) },
  ),
  late: fc.oneof(
    { weight: 5, arbitrary: fc.constant(0) },
    { weight: 3, arbitrary: fc.nat(2_500) },
    { weight: 2, arbitrary: fc.nat(40_000) },
  ),
  org: fc.constantFrom('a', 'b', 'c', 'ü'),
  region: fc.constantFrom('r1', 'r/2'),
  cents: fc.oneof(fc.integer({ min: -500, max: 1_000_000 }), fc.integer({ min: 990, max: 1_010 })),
  replay: fc.nat(9).map((n) => n === 0),
});

function planOf(draws: readonly (typeof drawn extends fc.Arbitrary<infer D> ? D : never)[]): Step[] {
  let now = T0;
  let last: Extract<ScriptStep, { kind: 'event' }> | null = null;
  return draws.map(({ what, gap, late, ...event }): Step => {
    now += gap;
    if (what < 4) return { kind: 'restart', now };
    if (what < 7) return { kind: 'crash' };
    if (what < 12) {
      now += 5_000;
      return { kind: 'silence', now };
    }
    // Every now and then the one before comes once more.
    if (what < 17 && last !== null) return { ...last, now };
    last = { kind: 'event', ...event, at: now - late, now };
    return last;
  });
}

describe('window queries', () => {
  it('equal the oracle over random workloads: to the cent, late records to the record, each revision once', () => {
    const total = { windows: 0, late: 0, withdrawn: 0 };
    fc.assert(
      fc.property(
        query,
        fc.array(drawn, { minLength: 20, maxLength: 200, size: 'max' }),
        fc.nat(4),
        (spec, draws, pace) => {
          const plan = planOf(draws);
          const script = plan.filter((step) => step.kind !== 'crash');
          const expected = windowOracle(spec, script, PARTITIONS, T0);
          const processor = new Processor(spec, (step) => (pace === 0 ? 1_000 : (step * pace) % 7));
          processor.run(plan);
          expect([...processor.late].sort((a, b) => a - b)).toEqual(expected.late);
          expect(inOrder(standing(processor.topic))).toEqual(inOrder(expected.windows));
          total.windows += expected.windows.length;
          total.late += expected.late.length;
          total.withdrawn += processor.topic.filter(({ count }) => count === 0).length;
        },
      ),
      { numRuns: 200 },
    );
    // The workloads are not tame.
    expect(total.windows).toBeGreaterThan(5_000);
    expect(total.late).toBeGreaterThan(300);
    expect(total.withdrawn).toBeGreaterThan(10);
  }, 60_000);
});
