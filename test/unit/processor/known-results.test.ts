import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resultKey, type WindowResult } from '../../../src/shared/event.ts';
import { DEFAULT_QUERY } from '../../../src/shared/query.ts';
import { KnownResults } from '../../../src/stages/processor/publish/known-results.ts';
import { WindowCore } from '../../../src/stages/processor/windows/window-core.ts';
import { oracleResults } from '../../support/oracle.ts';

const T0 = Date.parse('2026-11-23T10:00:00.000Z');

interface Step {
  partition: number;
  at: number;
  group: string;
}

/** A line that is crashed again and again with no checkpoint at all: it starts from nothing, the topic remembers. */
class Line {
  readonly topic: WindowResult[] = [];
  readonly query = {
    ...DEFAULT_QUERY,
    window: { kind: 'tumbling' as const, sizeMs: 1_000 },
    outOfOrdernessMs: 500,
  };

  run(steps: readonly Step[], log: number, finish: boolean): void {
    const core = new WindowCore(this.query, T0);
    const known = new KnownResults();
    for (const result of this.topic) known.learn(JSON.stringify(result));
    const publish = () => {
      const emissions = known.filter(core, core.take(100));
      this.topic.push(...emissions.map((emission) => emission.result));
    };
    steps.forEach((step, index) => {
      core.add(step.at, core.org.ofText(step.group), 0, 100);
      core.clock.observe(step.partition, T0, step.at);
      core.advance(T0);
      core.fireCorrections();
      publish();
      if (index + 1 === log) this.topic.push(...known.settleAll(core).map((emission) => emission.result));
    });
    if (!finish) return;
    core.finish();
    publish();
    this.topic.push(...known.settleAll(core).map((emission) => emission.result));
  }
}

describe('known results', () => {
  it('make sure that each revision stands in the topic once, whatever order a restart reads the partitions in', () => {
    const step = fc.record({
      partition: fc.nat(1),
      gap: fc.integer({ min: -2_000, max: 1_500 }),
      group: fc.constantFrom('a', 'b'),
    });
    const crashes = fc.array(fc.record({ after: fc.nat(60), swap: fc.boolean() }), { maxLength: 4 });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), crashes, (plan, runs) => {
        let time = T0;
        const steps: Step[] = plan.map(({ partition, gap, group }) => {
          time += Math.max(0, gap);
          return { partition, at: time + Math.min(0, gap), group };
        });
        const line = new Line();
        let read = 0;
        // Each partition keeps its order; which comes first differs from run to run.
        const order = (swap: boolean, upTo: number) => {
          const part = steps.slice(0, upTo);
          if (!swap) return part;
          return [...part.filter((one) => one.partition === 1), ...part.filter((one) => one.partition === 0)];
        };
        for (const { after, swap } of runs) {
          read = Math.max(read, Math.min(after, steps.length));
          line.run(order(swap, read), read, false);
        }
        line.run(order(false, steps.length), Math.max(1, read), true);

        // What was late stays late when the same log is read in the same order: a restart has nothing to add.
        const length = line.topic.length;
        line.run(order(false, steps.length), steps.length, true);
        expect(line.topic.length).toBe(length);

        const names = line.topic.map((result) => `${resultKey(result)} ${result.revision}`);
        expect(new Set(names).size).toBe(names.length);
        const newest = new Map<string, WindowResult>();
        for (const result of line.topic) {
          const before = newest.get(resultKey(result));
          if (before === undefined || before.revision < result.revision)
            newest.set(resultKey(result), result);
        }
        const events = steps.map(({ at, group }) => ({ at, group, amount: '1.00' }));
        const expected = oracleResults(events, 1_000).map(({ start, group, count }) => [start, group, count]);
        const found = [...newest.values()].map((result) => [
          result.window.start,
          result.group.org ?? '',
          result.count,
        ]);
        expect(found.sort()).toEqual(expected.sort());
      }),
      { numRuns: 500 },
    );
  });

  it('take no notice of records that are no results', () => {
    const known = new KnownResults();
    expect(known.learn('poison')).toBeNull();
    expect(known.learn('{}')).toBeNull();
    expect(known.size).toBe(0);
  });
});
