// A note that a person put on a moment or a stretch of time, shown on the charts and the timeline.
import { z } from 'zod';

export const MAX_ANNOTATION_TEXT = 500;

export const Annotation = z.object({
  id: z.string(),
  /** Epoch ms. */
  at: z.number(),
  /** Epoch ms of the end of a stretch; null: a moment. */
  until: z.number().nullable(),
  text: z.string(),
  /** Epoch ms at which it was written. */
  createdAt: z.number(),
});
export type Annotation = z.infer<typeof Annotation>;
