// What is set of schedule and bursts, in a few words. Used by schedule-controls.tsx.
import type { WriterBursts, WriterSchedule } from '../../../shared/disorder.ts';
import { formatCount, formatDuration } from '../../components/format.ts';

export function scheduleSays({ stages }: WriterSchedule, { rows, everySeconds }: WriterBursts): string {
  const parts = [
    stages.length === 0 ? '' : `${stages.length} ${stages.length === 1 ? 'stage' : 'stages'}`,
    rows === 0 ? '' : `${formatCount(rows)} rows each ${formatDuration(everySeconds * 1_000)}`,
  ];
  return parts.filter((part) => part !== '').join(', ');
}
