// A member of a consumer group, what it asks for and the answers that it waits for.
import type { ErrorCode } from '../wire/error-codes.ts';
import type { SavedGroup } from './journal-entries.ts';

export interface JoinRequest {
  memberId: string;
  instanceId: string | null;
  clientId: string;
  clientHost: string;
  sessionTimeoutMs: number;
  rebalanceTimeoutMs: number;
  protocolType: string;
  protocols: [string, Buffer][];
  /** From JoinGroup v4 on a new member first gets its id and asks again with it (KIP-394). */
  needsKnownId: boolean;
}

export interface SyncRequest {
  memberId: string;
  instanceId: string | null;
  generation: number;
  assignments: Map<string, Buffer>;
}

export interface JoinAnswer {
  error: ErrorCode;
  generation: number;
  protocolType: string | null;
  protocol: string | null;
  leader: string;
  memberId: string;
  /** Filled for the leader alone. */
  members: { memberId: string; groupInstanceId: string | null; metadata: Buffer }[];
}

export interface SyncAnswer {
  error: ErrorCode;
  protocolType: string | null;
  protocol: string | null;
  assignment: Buffer;
}

export interface Member {
  id: string;
  /** Static membership (KIP-345): the same instance coming back takes its old place. */
  instanceId: string | null;
  clientId: string;
  clientHost: string;
  sessionTimeoutMs: number;
  rebalanceTimeoutMs: number;
  /** The member's favourite first. */
  protocols: [string, Buffer][];
  assignment: Buffer;
  answerJoin: ((answer: JoinAnswer) => void) | null;
  answerSync: ((answer: SyncAnswer) => void) | null;
  /** Calls off the running session timer. */
  stopSession: () => void;
}

export function sameProtocols(a: readonly [string, Buffer][], b: readonly [string, Buffer][]): boolean {
  return (
    a.length === b.length &&
    a.every(([name, metadata], index) => b[index]?.[0] === name && b[index][1].equals(metadata))
  );
}

/** A member that has just joined and waits for the others. */
export function newMember(
  id: string,
  request: JoinRequest,
  answerJoin: (answer: JoinAnswer) => void,
): Member {
  return {
    id,
    instanceId: request.instanceId,
    clientId: request.clientId,
    clientHost: request.clientHost,
    sessionTimeoutMs: request.sessionTimeoutMs,
    rebalanceTimeoutMs: request.rebalanceTimeoutMs,
    protocols: request.protocols,
    assignment: NOTHING,
    answerJoin,
    answerSync: null,
    stopSession: () => undefined,
  };
}

type SavedMember = SavedGroup['members'][number];

export function saveMember(member: Member): SavedMember {
  return {
    id: member.id,
    instanceId: member.instanceId,
    clientId: member.clientId,
    clientHost: member.clientHost,
    sessionTimeoutMs: member.sessionTimeoutMs,
    rebalanceTimeoutMs: member.rebalanceTimeoutMs,
    protocols: member.protocols.map(([name, metadata]) => [name, metadata.toString('base64')]),
    assignment: member.assignment.toString('base64'),
  };
}

export function restoreMember(saved: SavedMember): Member {
  return {
    ...saved,
    protocols: saved.protocols.map(([name, metadata]) => [name, Buffer.from(metadata, 'base64')]),
    assignment: Buffer.from(saved.assignment, 'base64'),
    answerJoin: null,
    answerSync: null,
    stopSession: () => undefined,
  };
}

const NOTHING = Buffer.alloc(0);

export function failedJoin(error: ErrorCode, memberId: string): JoinAnswer {
  return { error, generation: -1, protocolType: null, protocol: null, leader: '', memberId, members: [] };
}

export function failedSync(error: ErrorCode): SyncAnswer {
  return { error, protocolType: null, protocol: null, assignment: NOTHING };
}
