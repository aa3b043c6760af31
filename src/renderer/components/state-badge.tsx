// The state of a stage or a service: always a word and an icon, the colour only repeats it.
import {
  IconAlertTriangleFilled,
  IconCircleFilled,
  IconHourglassHigh,
  IconLoader2,
  IconPlayerStopFilled,
  IconRefreshAlert,
} from '@tabler/icons-react';
import { memo } from 'react';
import type { RunState } from '../../shared/names.ts';
import { STATE_WORDS } from '../store/index.ts';
import styles from './state-badge.module.css';

const ICONS = {
  stopped: IconPlayerStopFilled,
  starting: IconLoader2,
  running: IconCircleFilled,
  stopping: IconLoader2,
  'backing-off': IconRefreshAlert,
  failed: IconAlertTriangleFilled,
} satisfies Record<RunState, typeof IconCircleFilled>;

interface Props {
  state: RunState;
  waiting?: boolean;
}

export const StateBadge = memo(function StateBadge({ state, waiting = false }: Props) {
  const waits = waiting && state === 'running';
  const Icon = waits ? IconHourglassHigh : ICONS[state];
  return (
    <span className={styles.badge} data-state={waits ? 'waiting' : state}>
      <Icon size={state === 'running' && !waits ? 8 : 12} aria-hidden className={styles.icon} />
      {waits ? 'waiting' : STATE_WORDS[state]}
    </span>
  );
});
