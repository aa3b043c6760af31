// How long a running audit will still take. Pure.
import type { AuditStatus } from '../../../shared/audit.ts';
import { formatDuration } from '../../components/format.ts';

/** At the present rate. */
export function timeLeft({ total, done, rate }: Pick<AuditStatus, 'total' | 'done' | 'rate'>): string {
  return formatDuration(rate <= 0 ? null : (Math.max(0, total - done) / rate) * 1_000);
}
