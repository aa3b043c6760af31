// How the producer captures rows, as its report and the snapshot tell it.
import { z } from 'zod';

/** How rows are captured at this moment, and why so. */
export const CaptureStatus = z.object({
  mode: z.enum(['logical', 'polling']),
  why: z.string(),
  /** The replication slot that is kept or being made; null when none is wanted. */
  slot: z.string().nullable(),
  /** Bytes of its log that the server keeps for the slot; null without a slot. */
  retainedBytes: z.number().nullable(),
  /** Changes of the table that are counted and not published, since the producer started. */
  changes: z.object({ updates: z.number(), deletes: z.number(), truncates: z.number() }),
});
export type CaptureStatus = z.infer<typeof CaptureStatus>;

/** The server keeps this much of its log for the slot before LiveDB warns, bytes. */
export const RETAINED_WARNING_BYTES = 1024 ** 3;

/** Why the log is not followed after its slot was lost on somebody's own server: a person has to choose. */
export const SLOT_LOST = 'the slot was lost: make a new one (producer.resnapshot), or choose polling';
