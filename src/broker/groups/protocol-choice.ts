// Which of the members' assignment protocols a generation uses: one that all know and most like best.
import type { Member } from './member.ts';

type Protocols = readonly [string, Buffer][];

function knows(protocols: Protocols, name: string): boolean {
  return protocols.some(([own]) => own === name);
}

/** Whether a member with these protocols has one in common with all others. */
export function haveCommonProtocol(protocols: Protocols, others: readonly Member[]): boolean {
  if (others.length === 0) return true;
  return protocols.some(([name]) => others.every((member) => knows(member.protocols, name)));
}

/** Each member votes for its favourite among those that all know; empty text when there is none. */
export function voteForProtocol(members: readonly Member[]): string {
  const votes = new Map<string, number>();
  for (const member of members) {
    const favourite = member.protocols.find(([name]) =>
      members.every((one) => knows(one.protocols, name)),
    )?.[0];
    if (favourite !== undefined) votes.set(favourite, (votes.get(favourite) ?? 0) + 1);
  }
  return [...votes].sort((a, b) => b[1] - a[1])[0]?.[0] ?? '';
}
