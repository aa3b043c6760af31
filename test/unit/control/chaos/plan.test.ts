// The drawing of faults: repeatable, within what is possible, all of it covered.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PlanOptions, planChaos, type Step } from '../../../../src/main/control/chaos/plan.ts';
import { CHAOS_TARGETS, FAULTS } from '../../../../src/shared/chaos.ts';

const options = (change: Partial<PlanOptions> = {}): PlanOptions => ({
  seed: 7,
  faults: FAULTS,
  targets: CHAOS_TARGETS,
  pauseMs: 500,
  possible: () => true,
  ...change,
});
function first(count: number, change: Partial<PlanOptions> = {}): Step[] {
  const plan = planChaos(options(change));
  const steps: Step[] = [];
  for (let step = plan.next(); step.done !== true && steps.length < count; step = plan.next())
    steps.push(step.value);
  return steps;
}

describe('the plan of a chaos run', () => {
  it('is the same for the same seed and another for another', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_294_967_295 }), (seed) => {
        expect(first(50, { seed })).toEqual(first(50, { seed }));
        expect(first(50, { seed })).not.toEqual(first(50, { seed: (seed + 1) >>> 0 }));
      }),
      { numRuns: 50 },
    );
  });

  it('strikes every target with every fault, in bounded lengths and pauses', () => {
    const steps = first(1_000);
    const pairs = new Set(steps.map(({ fault, target }) => `${fault} ${target}`));
    expect(pairs.size).toBe(FAULTS.length * CHAOS_TARGETS.length);
    expect(steps.every(({ seconds }) => seconds >= 0.5 && seconds <= 3)).toBe(true);
    expect(steps.every(({ pauseMs }) => pauseMs >= 0 && pauseMs <= 1_000)).toBe(true);
    const hurried = steps.filter((step) => step.hurried).length;
    expect(hurried).toBeGreaterThan(200);
    expect(hurried).toBeLessThan(400);
  });

  it('leaves out what cannot be done, and ends at once when nothing can', () => {
    const ours = first(200, { possible: (fault, target) => fault !== 'kill' || target !== 'postgres' });
    expect(ours.some(({ fault, target }) => fault === 'kill' && target === 'postgres')).toBe(false);
    expect(first(5, { possible: () => false })).toEqual([]);
  });
});
