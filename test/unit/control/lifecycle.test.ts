import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CRASH_LOOP_STRIKES,
  type Effect,
  type Input,
  type Machine,
  newMachine,
  PAUSES_MS,
  pauseMs,
  step,
} from '../../../src/main/control/lifecycle.ts';

const RULES = { name: 'writer', startTimeoutMs: 20_000 };
const crash: Input = { type: 'exit', code: 1, signal: null, fatal: null };
const outsideKill: Input = { type: 'exit', code: null, signal: 'SIGKILL', fatal: null };

/** Runs inputs one after another, each some ms after the one before. */
function run(inputs: readonly [number, Input][], from: Machine = newMachine()) {
  let machine = from;
  let now = 0;
  const effects: Effect[] = [];
  for (const [after, input] of inputs) {
    now += after;
    const next = step(machine, input, now, RULES);
    machine = next.machine;
    effects.push(...next.effects);
  }
  return { machine, effects, now };
}

const inputs: fc.Arbitrary<Input> = fc.oneof(
  fc.constantFrom<Input>(
    { type: 'start' },
    { type: 'stop' },
    { type: 'kill' },
    { type: 'hello' },
    { type: 'ready' },
    { type: 'silent' },
    { type: 'timer' },
  ),
  fc.record({
    type: fc.constant('exit' as const),
    code: fc.constantFrom(0, 1, null),
    signal: fc.constantFrom('SIGKILL', 'SIGTERM', null),
    fatal: fc.constantFrom(
      null,
      { error: { code: 'x', message: 'x' }, retry: true },
      {
        error: { code: 'y', message: 'y' },
        retry: false,
      },
    ),
  }),
);

describe('life of a part', () => {
  it('never has two children, and forks only when it has none', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 30_000 }), inputs), { maxLength: 200 }),
        (story) => {
          let machine = newMachine();
          let children = 0;
          let now = 0;
          for (const [after, input] of story) {
            now += after;
            // The outside can only end a child that is there.
            if (input.type === 'exit') {
              if (children === 0) continue;
              children -= 1;
            }
            const next = step(machine, input, now, RULES);
            machine = next.machine;
            children += next.effects.filter(({ type }) => type === 'fork').length;
            expect(children).toBeLessThanOrEqual(1);
            expect(machine.child).toBe(children === 1);
            const withChild = ['starting', 'running', 'stopping'].includes(machine.life.state);
            expect(withChild).toBe(children === 1);
          }
        },
      ),
    );
  });

  it('comes to rest as stopped after a stop, whatever happened before', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 5_000 }), inputs), { maxLength: 60 }),
        (story) => {
          const safe = run(story.filter(([, input]) => input.type !== 'exit'));
          const stopped = step(safe.machine, { type: 'stop' }, safe.now + 1, RULES).machine;
          const ended = stopped.child
            ? step(stopped, { type: 'exit', code: 0, signal: null, fatal: null }, safe.now + 2, RULES).machine
            : stopped;
          expect(ended.life).toEqual({ state: 'stopped' });
          expect(ended.child).toBe(false);
        },
      ),
    );
  });

  it('starts again nearly at once after a first kill, then with growing pauses', () => {
    const first = run([
      [0, { type: 'start' }],
      [100, { type: 'ready' }],
      [60_000, outsideKill],
    ]);
    expect(first.machine.life).toMatchObject({ state: 'backing-off', retryAt: first.now + PAUSES_MS[0] });
    const pauses = [1, 2, 3, 4, 5, 6, 7].map(pauseMs);
    expect(pauses).toEqual([...pauses].sort((a, b) => a - b));
    expect(pauses.at(-1)).toBe(5_000);
  });

  it('gives up a part that crashes at once each time, in bounded time, and says why', () => {
    let { machine, now } = run([[0, { type: 'start' }]]);
    let crashes = 0;
    while (machine.life.state !== 'failed' && crashes < 100) {
      machine = step(machine, crash, now, RULES).machine;
      crashes += 1;
      if (machine.life.state === 'backing-off') {
        now = machine.life.retryAt;
        machine = step(machine, { type: 'timer' }, now, RULES).machine;
      }
    }
    expect(crashes).toBe(CRASH_LOOP_STRIKES);
    expect(now).toBeLessThan(20_000);
    expect(machine.life).toMatchObject({ state: 'failed', error: { code: 'crash-loop' } });
  });

  it.each([
    ['a kill from outside each 2 s', 2_000, outsideKill],
    ['a kill from outside each second', 1_000, outsideKill],
  ])('never gives up a healthy part under %s', (_name, healthyMs, end) => {
    let { machine, now } = run([[0, { type: 'start' }]]);
    for (let kill = 0; kill < 1_000; kill += 1) {
      machine = step(machine, { type: 'ready' }, now, RULES).machine;
      now += healthyMs;
      machine = step(machine, end, now, RULES).machine;
      expect(machine.life.state).toBe('backing-off');
      if (machine.life.state !== 'backing-off') return;
      expect(machine.life.retryAt - now).toBe(PAUSES_MS[0]);
      now = machine.life.retryAt;
      machine = step(machine, { type: 'timer' }, now, RULES).machine;
    }
    expect(machine.restarts).toBe(1_000);
  });

  it('fails at once when the child says that trying again would not help', () => {
    const { machine } = run([
      [0, { type: 'start' }],
      [
        1,
        {
          type: 'exit',
          code: 1,
          signal: null,
          fatal: { error: { code: 'seed.invalid', message: 'bad' }, retry: false },
        },
      ],
    ]);
    expect(machine.life).toEqual({ state: 'failed', error: { code: 'seed.invalid', message: 'bad' } });
  });

  it('kills a child that never gets ready, tries it three times and fails with a clear sentence', () => {
    const oneTry: [number, Input][] = [
      [20_000, { type: 'timer' }],
      [1, outsideKill],
    ];
    const { machine: once, effects } = run([[0, { type: 'start' }], ...oneTry]);
    expect(effects).toContainEqual({ type: 'kill' });
    expect(once.life).toMatchObject({ state: 'backing-off', error: { code: 'start-timeout' } });
    const again: [number, Input] = [5_000, { type: 'timer' }];
    const { machine } = run([[0, { type: 'start' }], ...oneTry, again, ...oneTry, again, ...oneTry]);
    expect(machine.life).toMatchObject({
      state: 'failed',
      error: { code: 'start-timeout', message: 'The writer did not get ready within 20 s.' },
    });
  });

  it('drains on stop, and kills when draining takes too long', () => {
    const { effects, machine } = run([
      [0, { type: 'start' }],
      [1, { type: 'ready' }],
      [1, { type: 'stop' }],
      [5_000, { type: 'timer' }],
      [1, outsideKill],
    ]);
    const kinds = effects.map(({ type }) => type);
    expect(kinds.indexOf('drain')).toBeLessThan(kinds.indexOf('kill'));
    expect(machine.life).toEqual({ state: 'stopped' });
  });

  it('takes a start while stopping: comes up again once the old child is gone', () => {
    const { effects, machine } = run([
      [0, { type: 'start' }],
      [1, { type: 'ready' }],
      [1, { type: 'stop' }],
      [1, { type: 'start' }],
      [1, { type: 'exit', code: 0, signal: null, fatal: null }],
    ]);
    expect(machine.life.state).toBe('starting');
    expect(effects.filter(({ type }) => type === 'fork')).toHaveLength(2);
  });

  it('tells a kill by a person, one from outside and a crash apart', () => {
    const told = (end: readonly [number, Input][]) =>
      run([[0, { type: 'start' }], [1, { type: 'ready' }], ...end]).effects.flatMap((effect) =>
        effect.type === 'tell' && effect.news.kind === 'ended' ? [effect.news.how] : [],
      );
    expect(
      told([
        [1, { type: 'kill' }],
        [1, outsideKill],
      ]),
    ).toEqual(['killed']);
    expect(told([[1, outsideKill]])).toEqual(['killed-outside']);
    expect(told([[1, crash]])).toEqual(['crashed']);
    expect(
      told([
        [9_000, { type: 'silent' }],
        [1, outsideKill],
      ]),
    ).toEqual(['hung']);
  });
});
