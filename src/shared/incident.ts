// Something a person should know about: it has a time, a cause and, where there is one, a remedy.
import { z } from 'zod';
import { Service, Stage } from './names.ts';

export const Severity = z.enum(['info', 'warning', 'error']);
export type Severity = z.infer<typeof Severity>;

export const Incident = z.object({
  id: z.string(),
  /** Epoch ms. */
  at: z.number(),
  /** Epoch ms at which it was over; null while it lasts or when it has no length. */
  endedAt: z.number().nullable(),
  severity: Severity,
  /** Which part it is about; null for the app itself. */
  subject: z.union([Stage, Service]).nullable(),
  /** Machine-readable kind: `killed`, `crashed`, `restarted`, `crash-loop`, `waiting`, `late`, `ledger` … */
  code: z.string(),
  title: z.string(),
  cause: z.string(),
  remedy: z.string().nullable(),
});
export type Incident = z.infer<typeof Incident>;
