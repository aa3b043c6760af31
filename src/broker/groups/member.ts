// A member of a consumer group, and the answers that it waits for.
import type { ErrorCode } from '../wire/error-codes.ts';

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
