import { beforeEach, describe, expect, it } from 'vitest';
import { ReportPace } from '../../../src/clients/report-pace.ts';
import { FakeClock } from '../../support/fake-clock.ts';

let clock: FakeClock;
let begin: number;
let sent: [ms: number, report: number][];
let pace: ReportPace<number>;

beforeEach(() => {
  clock = new FakeClock();
  begin = clock.now();
  sent = [];
  pace = new ReportPace((report) => sent.push([clock.now() - begin, report]), clock);
});

/** Something new each 5 ms; at these moments something that somebody waits for. */
async function run(ms: number, ahead: (at: number) => boolean): Promise<void> {
  for (let at = 0; at < ms; at += 5) {
    pace.report(() => at, ahead(at));
    await clock.advance(5);
  }
}

describe('reports of a child', () => {
  it('leave each 50 ms, the first at once, the newest always', async () => {
    await run(120, () => false);
    await clock.advance(100);
    expect(sent).toEqual([
      [0, 0],
      [50, 45],
      [100, 95],
      [150, 115],
    ]);
  });

  it('go ahead of their turn at once, and never more often than forty times a second', async () => {
    await run(200, (at) => at === 70 || at === 80);
    expect(sent.map(([ms]) => ms)).toEqual([0, 50, 70, 120, 170]);
    sent.length = 0;
    await run(1_000, () => true);
    expect(sent.length).toBeLessThanOrEqual(40);
  });

  it('leave at once when there is no more time', () => {
    pace.report(() => 1, false);
    pace.report(() => 2, false);
    pace.flush();
    pace.flush();
    expect(sent.map(([, report]) => report)).toEqual([1, 2]);
  });
});
