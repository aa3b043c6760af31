import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkProduced } from '../../../src/broker/log/batch.ts';
import { PartitionLog } from '../../../src/broker/log/partition-log.ts';
import { TransactionCoordinator } from '../../../src/broker/transactions/coordinator.ts';
import type { TransactionOffset } from '../../../src/broker/transactions/journal-entries.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { recordBatch } from '../../support/record-batch.ts';
import { tempDir } from '../../support/temp-dir.ts';

function bench(path: string) {
  const clock = new FakeClock();
  const logs = [0, 1, 2].map(
    (index) =>
      new PartitionLog('t', index, join(path, String(index)), {
        segmentBytes: 1 << 20,
        retentionBytes: -1,
        retentionMs: -1,
      }),
  );
  const committed: TransactionOffset[] = [];
  const open = () =>
    new TransactionCoordinator(join(path, 'transactions.journal'), {
      clock,
      log: (topic, partition) => (topic === 't' ? logs[partition] : undefined),
      commitOffsets: (_group, offsets) => committed.push(...offsets),
      storageFailed: (cause) => {
        throw cause;
      },
    });
  return { clock, logs, committed, open, coordinator: open() };
}

function started(coordinator: TransactionCoordinator, id: string) {
  const answer = coordinator.init(id, 60_000, null);
  if (!answer.ok) throw new Error(`refused with ${answer.error}`);
  return { transactionalId: id, producerId: answer.producerId, epoch: answer.epoch };
}

const write = (holder: { producerId: number; epoch: number }, transactional = false) => ({
  ...holder,
  transactional,
});

describe('fencing', () => {
  test('a new holder fences the old one at once, on partitions that neither has written to', () => {
    using dir = tempDir('txn');
    const { coordinator } = bench(dir.path);
    const old = started(coordinator, 'producer');
    expect(coordinator.writeFault(write(old), 't', 2)).toBeNull();
    const young = started(coordinator, 'producer');
    expect(young).toMatchObject({ producerId: old.producerId, epoch: old.epoch + 1 });
    for (const partition of [0, 1, 2]) {
      expect(coordinator.writeFault(write(old), 't', partition)).toBe(47);
      expect(coordinator.writeFault(write(young), 't', partition)).toBeNull();
    }
    expect(coordinator.writeFault(write({ ...young, epoch: 9 }), 't', 0)).toBe(47);
  });

  test('outlives a restart, and producer ids are never handed out twice', () => {
    using dir = tempDir('txn');
    const { coordinator, open } = bench(dir.path);
    const old = started(coordinator, 'producer');
    const young = started(coordinator, 'producer');
    const plain = coordinator.init(null, 0, null);
    const again = open();
    expect(again.writeFault(write(old), 't', 0)).toBe(47);
    expect(again.writeFault(write(young), 't', 0)).toBeNull();
    expect(started(again, 'producer').epoch).toBe(young.epoch + 1);
    const fresh = again.init(null, 0, null);
    if (!plain.ok || !fresh.ok) throw new Error('refused');
    expect(fresh.producerId).toBeGreaterThan(plain.producerId);
    expect(fresh.producerId).not.toBe(old.producerId);
  });

  test('a holder that asks for a raised epoch must be the newest (KIP-360)', () => {
    using dir = tempDir('txn');
    const { coordinator } = bench(dir.path);
    const old = started(coordinator, 'p');
    expect(coordinator.init('p', 60_000, old)).toMatchObject({ ok: true, epoch: old.epoch + 1 });
    expect(coordinator.init('p', 60_000, old)).toEqual({ ok: false, error: 90 });
    expect(coordinator.init('p', 60_000, { ...old, producerId: 99 })).toEqual({ ok: false, error: 49 });
  });

  test('epochs that are used up lead to a new producer id, and the old one stays fenced', () => {
    using dir = tempDir('txn');
    const { coordinator } = bench(dir.path);
    const first = started(coordinator, 'p');
    let holder = first;
    while (holder.producerId === first.producerId) {
      const answer = coordinator.init('p', 60_000, null);
      if (!answer.ok) throw new Error('refused');
      holder = { ...holder, producerId: answer.producerId, epoch: answer.epoch };
    }
    expect(holder.epoch).toBe(0);
    expect(coordinator.writeFault(write({ ...first, epoch: 32_766 }), 't', 0)).toBe(47);
  }, 30_000);
});

describe('transactions', () => {
  function append(
    log: PartitionLog | undefined,
    holder: { producerId: number; epoch: number },
    sequence = 0,
  ) {
    const batch = recordBatch({ values: ['v'], ...holder, sequence, transactional: true });
    const checked = checkProduced(batch, 1 << 20);
    if (!checked.ok || log === undefined) throw new Error('refused');
    return log.append(batch, checked.batches);
  }

  test('a commit marks each partition and makes the offsets the group own', () => {
    using dir = tempDir('txn');
    const { coordinator, logs, committed } = bench(dir.path);
    const holder = started(coordinator, 'p');
    expect(coordinator.writeFault(write(holder, true), 't', 0)).toBe(48);
    expect(
      coordinator.addPartitions(holder, [
        ['t', 0],
        ['t', 1],
      ]),
    ).toBe(0);
    expect(coordinator.writeFault(write(holder, true), 't', 0)).toBeNull();
    expect(coordinator.writeFault(write(holder, true), 't', 2)).toBe(48);
    append(logs[0], holder);
    append(logs[1], holder);
    const offset = { group: 'g', topic: 't', partition: 2, offset: 5, leaderEpoch: 0, metadata: null };
    expect(coordinator.addOffsets(holder, 'g', [offset])).toBe(48);
    coordinator.addGroup(holder, 'g');
    expect(coordinator.addOffsets(holder, 'g', [offset])).toBe(0);
    expect(coordinator.isPending('g', 't', 2)).toBe(true);
    expect(logs[0]?.lastStableOffset).toBe(0);
    expect(coordinator.end(holder, true)).toBe(0);
    expect(logs.map((log) => [log.lastStableOffset, log.endOffset])).toEqual([
      [2, 2],
      [2, 2],
      [0, 0],
    ]);
    expect(committed).toEqual([offset]);
    expect(coordinator.isPending('g', 't', 2)).toBe(false);
    expect(coordinator.end(holder, true)).toBe(0);
    expect(coordinator.end(holder, false)).toBe(48);
  });

  test('a new holder aborts what the old one left open', () => {
    using dir = tempDir('txn');
    const { coordinator, logs } = bench(dir.path);
    const old = started(coordinator, 'p');
    coordinator.addPartitions(old, [['t', 0]]);
    append(logs[0], old);
    const young = started(coordinator, 'p');
    expect(young.epoch).toBe(old.epoch + 1);
    expect(logs[0]?.abortedIn(0, 2)).toEqual([{ producerId: old.producerId, firstOffset: 0, lastOffset: 1 }]);
    expect(coordinator.end(old, true)).toBe(90);
    expect(coordinator.addPartitions(young, [['t', 0]])).toBe(0);
    expect(append(logs[0], young)).toMatchObject({ ok: true, baseOffset: 2 });
  });

  test('one that outlasts its timeout is aborted and its holder fenced', async () => {
    using dir = tempDir('txn');
    const { coordinator, logs, clock } = bench(dir.path);
    const holder = started(coordinator, 'p');
    coordinator.addPartitions(holder, [['t', 0]]);
    append(logs[0], holder);
    await clock.advance(59_000);
    coordinator.tend();
    expect(logs[0]?.lastStableOffset).toBe(0);
    await clock.advance(2_000);
    coordinator.tend();
    expect(logs[0]?.lastStableOffset).toBe(2);
    expect(coordinator.end(holder, true)).toBe(90);
  });
});
