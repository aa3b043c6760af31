import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameOutlet, MAX_KEPT_POINTS, MAX_KEPT_RESULTS } from '../../../src/main/transport/frame-outlet.ts';
import type { Frame } from '../../../src/shared/snapshot.ts';
import { frameOf } from '../../support/quiet-snapshot.ts';
import { result, T0 } from '../history/fixtures.ts';

const point = (seq: number) => ({ at: seq * 1000, stepMs: 1000, values: {} });

describe('frame outlet', () => {
  it('hands on every result and point once and in order, whatever the receiver does, and ends with the newest frame', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('frame', 'busy', 'free'), { maxLength: 200 }), (steps) => {
        const sent: Frame[] = [];
        let free = true;
        const outlet = new FrameOutlet(
          (frame) => sent.push(frame),
          () => free,
        );
        let seq = 0;
        for (const step of steps) {
          if (step === 'frame') {
            seq += 1;
            outlet.offer(frameOf(seq, { points: [point(seq)], results: [result(T0, `org${seq}`)] }));
          } else {
            free = step === 'free';
            outlet.drained();
          }
        }
        free = true;
        outlet.drained();
        const all = Array.from({ length: seq }, (_, n) => n + 1);
        expect(sent.flatMap((frame) => frame.points.map((p) => p.at / 1000))).toEqual(all);
        expect(sent.flatMap((frame) => frame.results.map((r) => r.group.org))).toEqual(
          all.map((n) => `org${n}`),
        );
        if (seq > 0) expect(sent.at(-1)?.seq).toBe(seq);
      }),
    );
  });

  it('keeps a bounded amount for a receiver that never comes back', () => {
    const sent: Frame[] = [];
    let free = false;
    const outlet = new FrameOutlet(
      (frame) => sent.push(frame),
      () => free,
    );
    const many = Array.from({ length: 100 }, (_, n) => result(T0, `org${n}`));
    for (let seq = 0; seq < 1000; seq += 1)
      outlet.offer(frameOf(seq, { points: [point(seq)], results: many }));
    free = true;
    outlet.drained();
    expect(sent).toHaveLength(1);
    expect(sent[0]?.results).toHaveLength(MAX_KEPT_RESULTS);
    expect(sent[0]?.points.map((p) => p.at / 1000)).toEqual(
      Array.from({ length: MAX_KEPT_POINTS }, (_, n) => 1000 - MAX_KEPT_POINTS + n),
    );
  });
});
