// The form of a bundle: one run's past as lines of JSON, gzipped (docs/bundle.md). Written by write.ts, read by read.ts.
import { z } from 'zod';
import { Annotation } from '../../../shared/annotation.ts';
import { LiveDbError } from '../../../shared/errors.ts';
import { WindowResult } from '../../../shared/event.ts';
import { MetricPoint, Run } from '../../../shared/history.ts';
import { Incident } from '../../../shared/incident.ts';

/** Grows when a reader of today could no longer make sense of a bundle; new kinds of lines do not need it. */
export const BUNDLE_FORMAT = 1;
export const BUNDLE_EXTENSION = '.livedb';
/** Bounds of a bundle that is opened: packed, unpacked, and of one line. */
export const MAX_PACKED_BYTES = 512 * 1024 * 1024;
export const MAX_UNPACKED_BYTES = 8 * 1024 * 1024 * 1024;
export const MAX_LINE_BYTES = 8 * 1024 * 1024;

export const BundleHeader = z.object({
  livedb: z.literal('bundle'),
  format: z.number().int().positive(),
  version: z.string(),
  /** Epoch ms. */
  createdAt: z.number(),
  from: z.number(),
  to: z.number(),
});
export type BundleHeader = z.infer<typeof BundleHeader>;

/** What stands between the header and the end. */
export const BundleLine = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('point'), point: MetricPoint }),
  z.object({ kind: z.literal('result'), result: WindowResult }),
  z.object({ kind: z.literal('incident'), incident: Incident }),
  z.object({ kind: z.literal('run'), run: Run }),
  z.object({ kind: z.literal('annotation'), annotation: Annotation }),
  /** A snapshot without its incidents, as it was written then; a reader of another version completes it. */
  z.object({ kind: z.literal('moment'), at: z.number(), snapshot: z.record(z.string(), z.unknown()) }),
]);
export type BundleLine = z.infer<typeof BundleLine>;
export const BUNDLE_KINDS = ['point', 'result', 'incident', 'run', 'annotation', 'moment'] as const;

export const BundleEnd = z.object({
  kind: z.literal('end'),
  /** Lines of each kind. */
  lines: z.partialRecord(z.enum(BUNDLE_KINDS), z.number()),
  /** SHA-256 of every byte before this line, unpacked; hex. */
  sha256: z.string(),
});
export type BundleEnd = z.infer<typeof BundleEnd>;

export function badBundle(name: string, why: string): LiveDbError {
  return new LiveDbError({
    code: 'bundle.invalid',
    message: `${name} cannot be opened: ${why}.`,
    remedy: 'Export the bundle again from the LiveDB that recorded it; nothing of this one was taken over.',
  });
}

/** `livedb-2026-11-23T10-00-00Z-to-2026-11-23T11-00-00Z.livedb` */
export function bundleName({ from, to }: Pick<BundleHeader, 'from' | 'to'>): string {
  const text = (at: number) => new Date(at).toISOString().replace(/\.\d+/, '').replaceAll(':', '-');
  return `livedb-${text(from)}-to-${text(to)}${BUNDLE_EXTENSION}`;
}
