// ListGroups, DescribeGroups and DeleteGroups: what admin tools see of the consumer groups.
import { DeleteGroups } from '../wire/apis/delete-groups.ts';
import { DescribeGroups } from '../wire/apis/describe-groups.ts';
import { ListGroups } from '../wire/apis/list-groups.ts';
import { ERROR } from '../wire/error-codes.ts';
import { handler } from './handler.ts';

/** What tools expect of a group that only has offsets. */
const CONSUMER = 'consumer';

export const listGroups = handler(ListGroups, (request, context) => {
  const states = request.statesFilter.map((state) => state.toLowerCase());
  const groups = context.groups
    .ids()
    .map((groupId) => {
      const group = context.groups.find(groupId);
      return { groupId, protocolType: group?.protocolType ?? '', groupState: group?.state ?? 'Empty' };
    })
    .filter(({ groupState }) => states.length === 0 || states.includes(groupState.toLowerCase()));
  return { errorCode: ERROR.NONE, groups };
});

const NOTHING = Buffer.alloc(0);

export const describeGroups = handler(DescribeGroups, (request, context) => ({
  groups: request.groups.map((groupId) => {
    const group = context.groups.find(groupId);
    if (group === undefined) {
      const groupState = context.groups.exists(groupId) ? 'Empty' : 'Dead';
      const protocolType = groupState === 'Empty' ? CONSUMER : '';
      return { errorCode: ERROR.NONE, groupId, groupState, protocolType, protocolData: '', members: [] };
    }
    return {
      errorCode: ERROR.NONE,
      groupId,
      groupState: group.state,
      protocolType: group.protocolType ?? '',
      protocolData: group.state === 'Stable' ? (group.protocol ?? '') : '',
      members: [...group.members.values()].map((member) => ({
        memberId: member.id,
        groupInstanceId: member.instanceId,
        clientId: member.clientId,
        clientHost: member.clientHost,
        memberMetadata: member.protocols.find(([name]) => name === group.protocol)?.[1] ?? NOTHING,
        memberAssignment: group.state === 'Stable' ? member.assignment : NOTHING,
      })),
    };
  }),
}));

export const deleteGroups = handler(DeleteGroups, (request, context) => ({
  results: request.groupsNames.map((groupId) => ({ groupId, errorCode: context.groups.delete(groupId) })),
}));
