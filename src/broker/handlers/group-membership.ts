// JoinGroup, SyncGroup, Heartbeat and LeaveGroup: a member's life in a consumer group.
import { failedJoin, type JoinAnswer, type SyncAnswer } from '../groups/member.ts';
import { Heartbeat } from '../wire/apis/heartbeat.ts';
import { JoinGroup } from '../wire/apis/join-group.ts';
import { LeaveGroup } from '../wire/apis/leave-group.ts';
import { SyncGroup } from '../wire/apis/sync-group.ts';
import { ERROR } from '../wire/error-codes.ts';
import { handler } from './handler.ts';

const MIN_SESSION_MS = 1_000;
const MAX_SESSION_MS = 30 * 60_000;
/** From here on a new member first gets its id and comes again with it (KIP-394). */
const JOIN_NEEDS_ID = 4;
/** Before these versions the protocol's name was never null. */
const JOIN_NULLABLE_PROTOCOL = 7;
/** From here on several members leave at once (KIP-345). */
const LEAVE_MANY = 3;

export const joinGroup = handler(JoinGroup, async (request, context) => {
  const toResponse = (answer: JoinAnswer) => ({
    errorCode: answer.error,
    generationId: answer.generation,
    protocolType: answer.protocolType,
    protocolName: answer.protocol ?? (context.version >= JOIN_NULLABLE_PROTOCOL ? null : ''),
    leader: answer.leader,
    memberId: answer.memberId,
    members: answer.members,
  });
  const { groupId, memberId, sessionTimeoutMs } = request;
  if (groupId === '') return toResponse(failedJoin(ERROR.INVALID_GROUP_ID, memberId));
  if (sessionTimeoutMs < MIN_SESSION_MS || sessionTimeoutMs > MAX_SESSION_MS) {
    return toResponse(failedJoin(ERROR.INVALID_SESSION_TIMEOUT, memberId));
  }
  const known = context.groups.find(groupId);
  if (known === undefined && memberId !== '')
    return toResponse(failedJoin(ERROR.UNKNOWN_MEMBER_ID, memberId));
  const group = known ?? context.groups.findOrOpen(groupId);
  const answer = await new Promise<JoinAnswer>((resolve) => {
    let off: () => void = () => undefined;
    const answered = (given: JoinAnswer) => {
      off();
      resolve(given);
    };
    off = context.onClosed(() => group.disconnected(answered));
    group.join(
      {
        memberId,
        instanceId: request.groupInstanceId,
        clientId: context.clientId,
        clientHost: context.clientHost,
        sessionTimeoutMs,
        rebalanceTimeoutMs: request.rebalanceTimeoutMs < 0 ? sessionTimeoutMs : request.rebalanceTimeoutMs,
        protocolType: request.protocolType,
        protocols: request.protocols.map(({ name, metadata }) => [name, Buffer.from(metadata)]),
        needsKnownId: context.version >= JOIN_NEEDS_ID,
      },
      answered,
    );
  });
  return toResponse(answer);
});

export const syncGroup = handler(SyncGroup, async (request, context) => {
  const group = context.groups.find(request.groupId);
  const empty = { protocolType: null, protocolName: null, assignment: Buffer.alloc(0) };
  if (group === undefined) return { ...empty, errorCode: ERROR.UNKNOWN_MEMBER_ID };
  const { protocolType, protocolName } = request;
  if (
    (protocolType !== null && group.protocolType !== null && protocolType !== group.protocolType) ||
    (protocolName !== null && group.protocol !== null && protocolName !== group.protocol)
  ) {
    return { ...empty, errorCode: ERROR.INCONSISTENT_GROUP_PROTOCOL };
  }
  const assignments = new Map(
    request.assignments.map(({ memberId, assignment }) => [memberId, Buffer.from(assignment)] as const),
  );
  const answer = await new Promise<SyncAnswer>((resolve) => {
    group.sync(
      {
        memberId: request.memberId,
        instanceId: request.groupInstanceId,
        generation: request.generationId,
        assignments,
      },
      resolve,
    );
  });
  return {
    errorCode: answer.error,
    protocolType: answer.protocolType,
    protocolName: answer.protocol,
    assignment: answer.assignment,
  };
});

export const heartbeat = handler(Heartbeat, (request, context) => {
  const group = context.groups.find(request.groupId);
  const errorCode =
    group?.heartbeat(request.memberId, request.groupInstanceId, request.generationId) ??
    ERROR.UNKNOWN_MEMBER_ID;
  return { errorCode };
});

export const leaveGroup = handler(LeaveGroup, (request, context) => {
  const group = context.groups.find(request.groupId);
  const leaving =
    context.version >= LEAVE_MANY ? request.members : [{ memberId: request.memberId, groupInstanceId: null }];
  const members = leaving.map(({ memberId, groupInstanceId }) => ({
    memberId,
    groupInstanceId,
    errorCode: group?.leave(memberId, groupInstanceId) ?? ERROR.UNKNOWN_MEMBER_ID,
  }));
  const errorCode = context.version >= LEAVE_MANY ? ERROR.NONE : (members[0]?.errorCode ?? ERROR.NONE);
  return { errorCode, members };
});
