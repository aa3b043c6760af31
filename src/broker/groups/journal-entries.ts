// What the group coordinator writes into its journal: committed offsets, and each generation once it is settled.
import { z } from 'zod';

/** [topic, partition, offset, leaderEpoch, metadata] */
export const OffsetTuple = z.tuple([z.string(), z.number(), z.number(), z.number(), z.string().nullable()]);
export type OffsetTuple = z.infer<typeof OffsetTuple>;

export const SavedGroup = z.object({
  id: z.string(),
  protocolType: z.string(),
  generation: z.number(),
  protocol: z.string(),
  leader: z.string(),
  members: z.array(
    z.object({
      id: z.string(),
      instanceId: z.string().nullable(),
      clientId: z.string(),
      clientHost: z.string(),
      sessionTimeoutMs: z.number(),
      rebalanceTimeoutMs: z.number(),
      /** Name and metadata (base64), the member's favourite first. */
      protocols: z.array(z.tuple([z.string(), z.string()])),
      assignment: z.string(),
    }),
  ),
});
export type SavedGroup = z.infer<typeof SavedGroup>;

export const GroupEntry = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('offsets'), group: z.string(), at: z.number(), offsets: z.array(OffsetTuple) }),
  z.object({
    kind: z.literal('forget'),
    group: z.string(),
    partitions: z.array(z.tuple([z.string(), z.number()])),
  }),
  z.object({ kind: z.literal('topic-gone'), topic: z.string() }),
  z.object({ kind: z.literal('generation'), group: SavedGroup }),
  /** The group is deleted, offsets and all. */
  z.object({ kind: z.literal('group-gone'), group: z.string() }),
]);
export type GroupEntry = z.infer<typeof GroupEntry>;
