import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkProduced } from '../../../src/broker/log/batch.ts';
import { PartitionLog } from '../../../src/broker/log/partition-log.ts';
import { recordBatch } from '../../support/record-batch.ts';
import { tempDir } from '../../support/temp-dir.ts';

const SETTINGS = { segmentBytes: 2_000, retentionBytes: -1, retentionMs: -1 };

function send(log: PartitionLog, sequence: number, values: string[], epoch = 0, producerId = 7) {
  const batch = recordBatch({ values, producerId, epoch, sequence });
  const checked = checkProduced(batch, 1 << 20);
  if (!checked.ok) throw new Error(checked.message);
  return log.append(batch, checked.batches);
}

describe('an idempotent producer', () => {
  test('is answered a repetition with the old offset, and a gap with out-of-order', async () => {
    using dir = tempDir('log');
    const log = new PartitionLog('t', 0, dir.path, SETTINGS);
    expect(send(log, 0, ['a', 'b'])).toEqual({ ok: true, baseOffset: 0, duplicate: false });
    expect(send(log, 2, ['c'])).toEqual({ ok: true, baseOffset: 2, duplicate: false });
    expect(send(log, 0, ['a', 'b'])).toEqual({ ok: true, baseOffset: 0, duplicate: true });
    expect(send(log, 4, ['e'])).toEqual({ ok: false, error: 45 });
    expect(send(log, 1, ['b'])).toEqual({ ok: false, error: 45 });
    expect(log.endOffset).toBe(3);
    await log.close();
  });

  test('with a lower epoch is refused, with a higher one starts at sequence 0', async () => {
    using dir = tempDir('log');
    const log = new PartitionLog('t', 0, dir.path, SETTINGS);
    send(log, 0, ['a'], 3);
    expect(send(log, 1, ['b'], 2)).toEqual({ ok: false, error: 47 });
    expect(send(log, 1, ['b'], 4)).toEqual({ ok: false, error: 45 });
    expect(send(log, 0, ['b'], 4)).toMatchObject({ ok: true, baseOffset: 1 });
    expect(send(log, 1, ['c'], 3)).toEqual({ ok: false, error: 47 });
    await log.close();
  });

  test('sequences go on after the greatest', async () => {
    using dir = tempDir('log');
    const log = new PartitionLog('t', 0, dir.path, SETTINGS);
    send(log, 2_147_483_647, ['a']);
    expect(send(log, 0, ['b'])).toMatchObject({ ok: true, baseOffset: 1, duplicate: false });
    await log.close();
  });

  test('is known again after a restart, however it ended', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('send', 'repeat', 'checkpoint', 'restart'), { maxLength: 40 }),
        async (steps) => {
          using dir = tempDir('log');
          let log = new PartitionLog('t', 0, dir.path, SETTINGS);
          const acknowledged: { sequence: number; offset: number }[] = [];
          for (const step of steps) {
            if (step === 'send') {
              const sequence = acknowledged.length;
              const answer = send(log, sequence, [`value ${sequence}`]);
              expect(answer).toEqual({ ok: true, baseOffset: sequence, duplicate: false });
              acknowledged.push({ sequence, offset: sequence });
            } else if (step === 'repeat') {
              for (const { sequence, offset } of acknowledged.slice(-5)) {
                expect(send(log, sequence, [`value ${sequence}`])).toEqual({
                  ok: true,
                  baseOffset: offset,
                  duplicate: true,
                });
              }
            } else if (step === 'checkpoint') {
              await log.checkpoint();
            } else {
              await log.close();
              log = new PartitionLog('t', 0, dir.path, SETTINGS);
            }
          }
          expect(log.endOffset).toBe(acknowledged.length);
          await log.close();
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('transactions on a partition', () => {
  function sendOpen(log: PartitionLog, sequence: number) {
    const batch = recordBatch({ values: ['t'], producerId: 9, epoch: 0, sequence, transactional: true });
    const checked = checkProduced(batch, 1 << 20);
    if (!checked.ok) throw new Error(checked.message);
    return log.append(batch, checked.batches);
  }

  test('hold the stable offset back until their marker; aborted ones are listed, after a restart too', async () => {
    using dir = tempDir('log');
    let log = new PartitionLog('t', 0, dir.path, SETTINGS);
    send(log, 0, ['plain']);
    sendOpen(log, 0);
    send(log, 1, ['plain']);
    expect([log.lastStableOffset, log.endOffset]).toEqual([1, 3]);
    log.appendMarker(9, 0, false, 5);
    expect([log.lastStableOffset, log.endOffset]).toEqual([4, 4]);
    sendOpen(log, 1);
    log.appendMarker(9, 0, true, 6);
    for (const checkpointed of [false, true]) {
      if (checkpointed) await log.checkpoint();
      await log.close();
      log = new PartitionLog('t', 0, dir.path, SETTINGS);
      expect(log.lastStableOffset).toBe(6);
      expect(log.abortedIn(0, 6)).toEqual([{ producerId: 9, firstOffset: 1, lastOffset: 3 }]);
      expect(log.abortedIn(4, 6)).toEqual([]);
    }
    await log.close();
  });
});
