// What the transaction coordinator writes into its journal; the newest entry of a transactional id counts.
import { z } from 'zod';

export const TransactionOffset = z.object({
  group: z.string(),
  topic: z.string(),
  partition: z.number(),
  offset: z.number(),
  leaderEpoch: z.number(),
  metadata: z.string().nullable(),
});
export type TransactionOffset = z.infer<typeof TransactionOffset>;

/**
 * `committing` and `aborting` are decided and durable, their markers on the way; `committed` and `aborted` are done;
 * `empty` has had no transaction yet.
 */
export const TransactionState = z.enum([
  'empty',
  'ongoing',
  'committing',
  'aborting',
  'committed',
  'aborted',
]);
export type TransactionState = z.infer<typeof TransactionState>;

export const Transaction = z.object({
  id: z.string(),
  producerId: z.number(),
  epoch: z.number(),
  timeoutMs: z.number(),
  state: TransactionState,
  /** Epoch ms of the first partition added; null when none is open. */
  startedAt: z.number().nullable(),
  partitions: z.array(z.tuple([z.string(), z.number()])),
  groups: z.array(z.string()),
  offsets: z.array(TransactionOffset),
  /** Producer ids that this transactional id used up: every epoch of theirs is fenced. */
  retired: z.array(z.number()),
});
export type Transaction = z.infer<typeof Transaction>;

export const TransactionEntry = z.discriminatedUnion('kind', [
  /** Producer ids below `next` may have been handed out. */
  z.object({ kind: z.literal('ids'), next: z.number() }),
  z.object({ kind: z.literal('transaction'), transaction: Transaction }),
]);
export type TransactionEntry = z.infer<typeof TransactionEntry>;

/** A transactional id with no transaction, as InitProducerId leaves it. */
export function emptyTransaction(
  id: string,
  producerId: number,
  epoch: number,
  timeoutMs: number,
  retired: number[],
): Transaction {
  return {
    id,
    producerId,
    epoch,
    timeoutMs,
    state: 'empty',
    startedAt: null,
    partitions: [],
    groups: [],
    offsets: [],
    retired,
  };
}
