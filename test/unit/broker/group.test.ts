import { describe, expect, test } from 'vitest';
import { Group } from '../../../src/broker/groups/group.ts';
import type { JoinAnswer, JoinRequest, SyncAnswer } from '../../../src/broker/groups/member.ts';
import { FakeClock } from '../../support/fake-clock.ts';

function bench() {
  const clock = new FakeClock();
  const saved: unknown[] = [];
  const group = new Group('g', clock, (settled) => saved.push(settled.save()));
  const join = (change: Partial<JoinRequest> = {}) => {
    const box: { answer: JoinAnswer | null } = { answer: null };
    group.join(
      {
        memberId: '',
        instanceId: null,
        clientId: 'c',
        clientHost: '/127.0.0.1',
        sessionTimeoutMs: 10_000,
        rebalanceTimeoutMs: 30_000,
        protocolType: 'consumer',
        protocols: [['range', Buffer.from('topics')]],
        needsKnownId: false,
        ...change,
      },
      (answer) => {
        box.answer = answer;
      },
    );
    return box;
  };
  const sync = (memberId: string, generation: number, assignments: [string, string][] = []) => {
    const box: { answer: SyncAnswer | null } = { answer: null };
    group.sync(
      {
        memberId,
        instanceId: null,
        generation,
        assignments: new Map(assignments.map(([id, text]) => [id, Buffer.from(text)])),
      },
      (answer) => {
        box.answer = answer;
      },
    );
    return box;
  };
  return { clock, saved, group, join, sync };
}

/** A group with one settled member. */
function settledGroup() {
  const own = bench();
  const first = own.join().answer;
  if (first === null) throw new Error('not joined');
  own.sync(first.memberId, first.generation, [[first.memberId, 'all']]);
  return { ...own, first };
}

describe('a consumer group', () => {
  test('lets a first member lead, takes its assignment and is stable', () => {
    const { group, first, saved } = settledGroup();
    expect(first).toMatchObject({ error: 0, generation: 1, protocol: 'range', leader: first.memberId });
    expect(first.members.map((member) => member.memberId)).toEqual([first.memberId]);
    expect(group.state).toBe('Stable');
    expect(saved.length).toBe(1);
    expect(group.heartbeat(first.memberId, null, 1)).toBe(0);
    expect(group.heartbeat(first.memberId, null, 0)).toBe(22);
    expect(group.heartbeat('stranger', null, 1)).toBe(25);
  });

  test('gives a new member its id first where the protocol wants that (KIP-394)', () => {
    const { join } = bench();
    const first = join({ needsKnownId: true }).answer;
    expect(first).toMatchObject({ error: 79 });
    expect(join({ needsKnownId: true, memberId: first?.memberId ?? '' }).answer).toMatchObject({
      error: 0,
      generation: 1,
    });
    expect(join({ memberId: 'invented' }).answer).toMatchObject({ error: 25 });
  });

  test('a second member starts a rebalance that ends when the first has joined again', () => {
    const { group, first, join, sync } = settledGroup();
    const second = join();
    expect(second.answer).toBeNull();
    expect(group.heartbeat(first.memberId, null, 1)).toBe(27);
    const again = join({ memberId: first.memberId });
    expect(again.answer).toMatchObject({ generation: 2, leader: first.memberId });
    expect(again.answer?.members.length).toBe(2);
    expect(second.answer).toMatchObject({ generation: 2, members: [] });
    const secondId = second.answer?.memberId ?? '';
    const waiting = sync(secondId, 2);
    expect(waiting.answer).toBeNull();
    sync(first.memberId, 2, [
      [first.memberId, 'a'],
      [secondId, 'b'],
    ]);
    expect(waiting.answer?.assignment.toString()).toBe('b');
    expect(sync(secondId, 1).answer).toMatchObject({ error: 22 });
  });

  test('a member that does not join again in time is left behind', async () => {
    const { clock, group, join } = settledGroup();
    const second = join();
    await clock.advance(10_500);
    expect(second.answer).toMatchObject({ error: 0, generation: 2, leader: second.answer?.memberId });
    expect(group.members.size).toBe(1);
  });

  test('a member that falls silent is taken out when its session ends', async () => {
    const { clock, group, first } = settledGroup();
    await clock.advance(9_000);
    expect(group.heartbeat(first.memberId, null, 1)).toBe(0);
    await clock.advance(9_000);
    expect(group.members.size).toBe(1);
    await clock.advance(1_500);
    expect(group.members.size).toBe(0);
    expect(group.state).toBe('Empty');
    expect(clock.armed).toBe(0);
  });

  test('a leader that dies between join and sync does not hold the others', async () => {
    const { clock, join, sync, first, group } = settledGroup();
    const second = join();
    join({ memberId: first.memberId });
    const secondId = second.answer?.memberId ?? '';
    const waiting = sync(secondId, 2);
    await clock.advance(9_000);
    expect(group.heartbeat(secondId, null, 2)).toBe(0);
    await clock.advance(1_500);
    expect(waiting.answer).toMatchObject({ error: 27 });
    expect(join({ memberId: secondId }).answer).toMatchObject({ error: 0, leader: secondId });
  });

  test('a static member that comes back takes its place, and its old id is fenced (KIP-345)', () => {
    const { group, join } = bench();
    const old = join({ instanceId: 'i' }).answer;
    const young = join({ instanceId: 'i' }).answer;
    expect(young).toMatchObject({ error: 0 });
    expect(young?.memberId).not.toBe(old?.memberId);
    expect(group.members.size).toBe(1);
    expect(group.heartbeat(old?.memberId ?? '', 'i', 2)).toBe(82);
  });

  test('refuses who speaks no protocol that the others know', () => {
    const { join } = settledGroup();
    expect(join({ protocols: [['sticky', Buffer.alloc(0)]] }).answer).toMatchObject({ error: 23 });
    expect(join({ protocolType: 'connect' }).answer).toMatchObject({ error: 23 });
  });

  test('a leaving member frees its place at once', () => {
    const { group, first } = settledGroup();
    expect(group.leave(first.memberId, null)).toBe(0);
    expect(group.leave(first.memberId, null)).toBe(25);
    expect(group.state).toBe('Empty');
  });

  test('goes on where it was after a restart', async () => {
    const { group, first } = settledGroup();
    const clock = new FakeClock();
    const restored = new Group('g', clock, () => undefined);
    restored.restore(group.save());
    expect(restored.heartbeat(first.memberId, null, 1)).toBe(0);
    expect(restored.state).toBe('Stable');
    await clock.advance(10_500);
    expect(restored.state).toBe('Empty');
  });
});
