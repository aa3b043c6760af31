import { beforeEach, describe, expect, it } from 'vitest';
import { createFrames, type Frames } from '../../../src/main/control/frames.ts';
import type { Frame } from '../../../src/shared/snapshot.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { quietSnapshot } from '../../support/quiet-snapshot.ts';
import { aResult } from '../../support/samples.ts';

let clock: FakeClock;
let frames: Frames;
let faults: unknown[];

beforeEach(() => {
  clock = new FakeClock();
  faults = [];
  frames = createFrames({
    clock,
    snapshot: () => quietSnapshot({ at: clock.now() }),
    onFrame: () => undefined,
    onFault: (error) => faults.push(error),
  });
});

describe('frames', () => {
  it('never leave more often than ten times a second, whatever happens', async () => {
    const at: number[] = [];
    frames.subscribe(() => at.push(clock.now()));
    at.length = 0;
    for (let ms = 0; ms < 3_000; ms += 3) {
      frames.changed(ms % 2 === 0);
      await clock.advance(3);
    }
    expect(at.length).toBeLessThanOrEqual(31);
    expect(at.length).toBeGreaterThan(25);
    for (const [index, time] of at.slice(1).entries())
      expect(time - (at[index] ?? 0)).toBeGreaterThanOrEqual(100);
  });

  it('leave at once when something urgent comes and the last one is old', async () => {
    const at: number[] = [];
    frames.subscribe(() => at.push(clock.now()));
    frames.changed(true);
    await clock.advance(500);
    at.length = 0;
    frames.changed(true);
    expect(at).toEqual([clock.now()]);
  });

  it('leave out of turn for windows that have closed, ten times a second at most, and the others keep their turns', async () => {
    const at: { ms: number; results: number[] }[] = [];
    frames.subscribe(({ results }) =>
      at.push({ ms: clock.now(), results: results.map(({ revision }) => revision) }),
    );
    frames.changed(true);
    await clock.advance(1_000);
    const begin = clock.now();
    at.length = 0;
    const report = (...revisions: number[]) => {
      frames.addResults(revisions.map((revision) => aResult({ revision })));
      frames.changed(true);
    };
    const plan = new Map([
      [30, () => report(0)],
      [40, () => report(0)],
      // A correction waits its turn; by then the turn of the window before has come.
      [110, () => report(1)],
      [135, () => report(2, 0)],
    ]);
    for (let ms = 0; ms < 400; ms += 5) {
      (plan.get(ms) ?? (() => frames.changed(true)))();
      await clock.advance(5);
    }
    expect(at.map(({ ms, results }) => [ms - begin, ...results])).toEqual([
      [0],
      [30, 0],
      [100, 0],
      [135, 1, 2, 0],
      [200],
      [300],
    ]);
    at.length = 0;
    for (let ms = 0; ms < 1_000; ms += 5) {
      report(0);
      await clock.advance(5);
    }
    expect(at.length).toBeLessThanOrEqual(21);
  });

  it('let a counter wait for the next urgent change, but not for long', async () => {
    const at: number[] = [];
    frames.subscribe(() => at.push(clock.now()));
    frames.changed(true);
    await clock.advance(1_000);
    at.length = 0;
    const begin = clock.now();
    frames.changed(false);
    await clock.advance(50);
    expect(at).toEqual([]);
    await clock.advance(200);
    expect(at).toEqual([begin + 200]);
  });

  it('carry every result once, in order', async () => {
    const seen: string[] = [];
    const seqs: number[] = [];
    frames.subscribe((frame: Frame) => {
      seen.push(...frame.results.map(({ count }) => String(count)));
      seqs.push(frame.seq);
    });
    for (let n = 0; n < 50; n += 1) {
      frames.addResults([aResult({ count: n })]);
      frames.changed(true);
      await clock.advance(37);
    }
    await clock.advance(200);
    expect(seen).toEqual(Array.from({ length: 50 }, (_, n) => String(n)));
    expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
  });

  it('give a new subscriber one at once', () => {
    const got: Frame[] = [];
    frames.subscribe((frame) => got.push(frame));
    expect(got).toHaveLength(1);
  });

  it('leave out a subscriber that throws, and go on for the others', async () => {
    const got: number[] = [];
    frames.subscribe((frame) => {
      if (frame.seq > 1) throw new Error('gone');
    });
    frames.subscribe((frame) => got.push(frame.seq));
    frames.changed(true);
    await clock.advance(200);
    frames.changed(true);
    await clock.advance(200);
    expect(faults).toHaveLength(1);
    expect(got.length).toBeGreaterThan(2);
  });

  it('get in step with bursts that come each 100 ms', async () => {
    const at: number[] = [];
    frames.subscribe(() => at.push(clock.now()));
    // Out of step to begin with: a frame 40 ms before the first burst.
    frames.changed(true);
    await clock.advance(60);
    const waits: number[] = [];
    for (let burst = 0; burst < 40; burst += 1) {
      const jitter = (burst * 7) % 12;
      await clock.advance(jitter);
      const came = clock.now();
      at.length = 0;
      frames.changed(true);
      await clock.advance(100 - jitter);
      const left = at[0];
      if (left !== undefined) waits.push(left - came);
    }
    const settledWaits = waits.slice(8);
    expect(Math.max(...settledWaits)).toBeLessThanOrEqual(15);
    expect(settledWaits.length).toBeGreaterThan(28);
  });
});
