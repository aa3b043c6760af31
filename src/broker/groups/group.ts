// One consumer group: the classic rebalance protocol as a state machine (Kafka's GroupCoordinator; KIP-62, KIP-345,
// KIP-394). Members join, the leader assigns, everybody syncs, heartbeats keep it. Held by the group coordinator.
import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { ERROR, type ErrorCode } from '../wire/error-codes.ts';
import type { SavedGroup } from './journal-entries.ts';
import {
  failedJoin,
  failedSync,
  type JoinAnswer,
  type JoinRequest,
  type Member,
  newMember,
  restoreMember,
  type SyncAnswer,
  type SyncRequest,
  sameProtocols,
  saveMember,
} from './member.ts';
import { haveCommonProtocol, voteForProtocol } from './protocol-choice.ts';

export type GroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable';

const NOTHING = Buffer.alloc(0);
/** A group larger than this is a mistake on one machine. */
const MAX_MEMBERS = 1_000;

export class Group {
  readonly id: string;
  state: GroupState = 'Empty';
  generation = 0;
  protocolType: string | null = null;
  protocol: string | null = null;
  leader: string | null = null;
  readonly members = new Map<string, Member>();
  private readonly clock: Clock;
  /** Makes a settled generation durable. */
  private readonly settled: (group: Group) => void;
  /** Ids handed out (KIP-394) whose owner has not come back yet. */
  private readonly pending = new Map<string, () => void>();
  private stopRebalance: () => void = () => undefined;

  constructor(id: string, clock: Clock, settled: (group: Group) => void) {
    this.id = id;
    this.clock = clock;
    this.settled = settled;
  }

  join(request: JoinRequest, answer: (answer: JoinAnswer) => void): void {
    const refuse = (error: ErrorCode, memberId = request.memberId) => answer(failedJoin(error, memberId));
    if (this.members.size > 0 && !this.suits(request)) {
      refuse(ERROR.INCONSISTENT_GROUP_PROTOCOL);
      return;
    }
    if (request.protocols.length === 0 || request.protocolType === '') {
      refuse(ERROR.INCONSISTENT_GROUP_PROTOCOL);
      return;
    }
    const returning = request.instanceId === null ? undefined : this.instance(request.instanceId);
    if (request.memberId === '') {
      const id = `${request.instanceId ?? (request.clientId || 'member')}-${randomUUID()}`;
      if (returning !== undefined) {
        this.replace(returning, id, request, answer);
        return;
      }
      if (this.members.size >= MAX_MEMBERS) {
        refuse(ERROR.GROUP_MAX_SIZE_REACHED);
        return;
      }
      if (request.needsKnownId && request.instanceId === null) {
        this.pending.set(
          id,
          this.clock.after(request.sessionTimeoutMs, () => this.pending.delete(id)),
        );
        refuse(ERROR.MEMBER_ID_REQUIRED, id);
        return;
      }
      this.admit(id, request, answer);
      return;
    }
    if (returning !== undefined && returning.id !== request.memberId) {
      refuse(ERROR.FENCED_INSTANCE_ID);
      return;
    }
    const forget = this.pending.get(request.memberId);
    if (forget !== undefined) {
      forget();
      this.pending.delete(request.memberId);
      this.admit(request.memberId, request, answer);
      return;
    }
    const member = this.members.get(request.memberId);
    if (member === undefined) {
      refuse(ERROR.UNKNOWN_MEMBER_ID);
      return;
    }
    this.rejoin(member, request, answer);
  }

  private suits(request: JoinRequest): boolean {
    if (this.protocolType !== null && this.protocolType !== request.protocolType) return false;
    const others = [...this.members.values()].filter((member) => member.id !== request.memberId);
    return haveCommonProtocol(request.protocols, others);
  }

  private instance(instanceId: string): Member | undefined {
    return [...this.members.values()].find((member) => member.instanceId === instanceId);
  }

  private admit(id: string, request: JoinRequest, answer: (answer: JoinAnswer) => void): void {
    this.members.set(id, newMember(id, request, answer));
    this.protocolType = request.protocolType;
    this.rebalance();
  }

  /** A static member came back under a new id: the old id is fenced. */
  private replace(old: Member, id: string, request: JoinRequest, answer: (answer: JoinAnswer) => void): void {
    old.answerJoin?.(failedJoin(ERROR.FENCED_INSTANCE_ID, old.id));
    old.answerSync?.(failedSync(ERROR.FENCED_INSTANCE_ID));
    old.stopSession();
    this.members.delete(old.id);
    if (this.leader === old.id) this.leader = id;
    this.admit(id, request, answer);
  }

  private rejoin(member: Member, request: JoinRequest, answer: (answer: JoinAnswer) => void): void {
    const unchanged = sameProtocols(member.protocols, request.protocols);
    const settledAlready =
      (this.state === 'CompletingRebalance' && unchanged) ||
      (this.state === 'Stable' && unchanged && member.id !== this.leader);
    member.sessionTimeoutMs = request.sessionTimeoutMs;
    member.rebalanceTimeoutMs = request.rebalanceTimeoutMs;
    member.protocols = request.protocols;
    if (settledAlready) {
      // Its answer was lost on the way.
      this.touch(member);
      answer(this.joinAnswer(member));
      return;
    }
    member.answerJoin?.(failedJoin(ERROR.REBALANCE_IN_PROGRESS, member.id));
    member.answerJoin = answer;
    this.rebalance();
  }

  /** Starts a rebalance, or goes on with the running one; it ends when every member has joined again. */
  private rebalance(): void {
    if (this.state !== 'PreparingRebalance') {
      this.state = 'PreparingRebalance';
      for (const member of this.members.values()) {
        member.answerSync?.(failedSync(ERROR.REBALANCE_IN_PROGRESS));
        member.answerSync = null;
        // Who waits in the join needs no heartbeat; the others learn of the rebalance by theirs.
        if (member.answerJoin === null) this.touch(member);
      }
      this.stopRebalance();
      const longest = Math.max(0, ...[...this.members.values()].map((member) => member.rebalanceTimeoutMs));
      this.stopRebalance = this.clock.after(longest, () => this.completeJoin());
    }
    for (const member of this.members.values()) if (member.answerJoin !== null) member.stopSession();
    if ([...this.members.values()].every((member) => member.answerJoin !== null)) this.completeJoin();
  }

  private completeJoin(): void {
    this.stopRebalance();
    for (const member of [...this.members.values()]) {
      if (member.answerJoin !== null) continue;
      member.stopSession();
      this.members.delete(member.id);
    }
    this.generation += 1;
    if (this.members.size === 0) {
      this.becomeEmpty();
      return;
    }
    if (this.leader === null || !this.members.has(this.leader)) {
      this.leader = this.members.keys().next().value ?? null;
    }
    this.protocol = voteForProtocol([...this.members.values()]);
    this.state = 'CompletingRebalance';
    for (const member of this.members.values()) {
      const answer = member.answerJoin;
      member.answerJoin = null;
      this.touch(member);
      answer?.(this.joinAnswer(member));
    }
  }

  private joinAnswer(member: Member): JoinAnswer {
    const leads = member.id === this.leader;
    const metadataOf = (one: Member) =>
      one.protocols.find(([name]) => name === this.protocol)?.[1] ?? NOTHING;
    const members = [...this.members.values()].map((one) => {
      return { memberId: one.id, groupInstanceId: one.instanceId, metadata: metadataOf(one) };
    });
    return {
      error: ERROR.NONE,
      generation: this.generation,
      protocolType: this.protocolType,
      protocol: this.protocol,
      leader: this.leader ?? '',
      memberId: member.id,
      members: leads ? members : [],
    };
  }

  sync(request: SyncRequest, answer: (answer: SyncAnswer) => void): void {
    const fault = this.memberFault(request.memberId, request.instanceId, request.generation);
    if (fault !== null) {
      answer(failedSync(fault));
      return;
    }
    const member = this.members.get(request.memberId);
    if (member === undefined || this.state === 'PreparingRebalance' || this.state === 'Empty') {
      answer(failedSync(ERROR.REBALANCE_IN_PROGRESS));
      return;
    }
    this.touch(member);
    if (this.state === 'Stable') {
      answer(this.syncAnswer(member));
      return;
    }
    member.answerSync?.(failedSync(ERROR.REBALANCE_IN_PROGRESS));
    member.answerSync = answer;
    if (member.id !== this.leader) return;
    for (const one of this.members.values()) one.assignment = request.assignments.get(one.id) ?? NOTHING;
    this.state = 'Stable';
    this.settled(this);
    for (const one of this.members.values()) {
      one.answerSync?.(this.syncAnswer(one));
      one.answerSync = null;
    }
  }

  private syncAnswer(member: Member): SyncAnswer {
    return {
      error: ERROR.NONE,
      protocolType: this.protocolType,
      protocol: this.protocol,
      assignment: member.assignment,
    };
  }

  /** Why a request of a member is refused, or null. */
  memberFault(memberId: string, instanceId: string | null, generation: number): ErrorCode | null {
    if (instanceId !== null) {
      const known = this.instance(instanceId);
      if (known !== undefined && known.id !== memberId) return ERROR.FENCED_INSTANCE_ID;
    }
    if (!this.members.has(memberId)) return ERROR.UNKNOWN_MEMBER_ID;
    return generation === this.generation ? null : ERROR.ILLEGAL_GENERATION;
  }

  heartbeat(memberId: string, instanceId: string | null, generation: number): ErrorCode {
    const fault = this.memberFault(memberId, instanceId, generation);
    if (fault !== null) return fault;
    const member = this.members.get(memberId);
    if (member !== undefined) this.touch(member);
    return this.state === 'PreparingRebalance' ? ERROR.REBALANCE_IN_PROGRESS : ERROR.NONE;
  }

  /** Starts a member's session anew; when it runs out the member is taken out. */
  touch(member: Member): void {
    member.stopSession();
    member.stopSession = this.clock.after(member.sessionTimeoutMs, () => {
      if (member.answerJoin === null) this.remove(member);
    });
  }

  leave(memberId: string, instanceId: string | null): ErrorCode {
    const member = instanceId === null ? this.members.get(memberId) : this.instance(instanceId);
    if (member === undefined) {
      const forget = this.pending.get(memberId);
      forget?.();
      return this.pending.delete(memberId) ? ERROR.NONE : ERROR.UNKNOWN_MEMBER_ID;
    }
    if (memberId !== '' && member.id !== memberId) return ERROR.FENCED_INSTANCE_ID;
    this.remove(member);
    return ERROR.NONE;
  }

  private remove(member: Member): void {
    if (this.members.get(member.id) !== member) return;
    member.stopSession();
    this.members.delete(member.id);
    member.answerJoin?.(failedJoin(ERROR.UNKNOWN_MEMBER_ID, member.id));
    member.answerSync?.(failedSync(ERROR.UNKNOWN_MEMBER_ID));
    if (this.leader === member.id) this.leader = null;
    if (this.members.size === 0) {
      this.stopRebalance();
      this.generation += 1;
      this.becomeEmpty();
    } else {
      this.rebalance();
    }
  }

  /** The connection of a member that waits in the join is gone: it must come back within its session. */
  disconnected(answer: (answer: JoinAnswer) => void): void {
    const member = [...this.members.values()].find((one) => one.answerJoin === answer);
    if (member === undefined) return;
    member.answerJoin = null;
    this.touch(member);
  }

  private becomeEmpty(): void {
    this.state = 'Empty';
    this.protocol = null;
    this.leader = null;
    this.settled(this);
  }

  save(): SavedGroup {
    return {
      id: this.id,
      protocolType: this.protocolType ?? '',
      generation: this.generation,
      protocol: this.protocol ?? '',
      leader: this.leader ?? '',
      members: [...this.members.values()].map(saveMember),
    };
  }

  /** Takes up a settled generation after a restart: its members go on as if nothing had been. */
  restore(saved: SavedGroup): void {
    this.generation = saved.generation;
    this.protocolType = saved.protocolType === '' ? null : saved.protocolType;
    if (saved.members.length === 0) return;
    this.protocol = saved.protocol;
    this.leader = saved.leader;
    this.state = 'Stable';
    for (const one of saved.members) {
      const member = restoreMember(one);
      this.members.set(member.id, member);
      this.touch(member);
    }
  }

  /** Nobody is in it or about to come in. */
  get isIdle(): boolean {
    return this.members.size === 0 && this.pending.size === 0;
  }

  /** Calls off every timer (the broker stops, or the group is deleted). */
  close(): void {
    this.stopRebalance();
    for (const forget of this.pending.values()) forget();
    for (const member of this.members.values()) member.stopSession();
  }
}
