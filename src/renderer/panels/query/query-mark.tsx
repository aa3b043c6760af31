// The state of a query as icon and word.
import {
  IconAlertTriangle,
  IconCircleCheck,
  IconHistory,
  IconLoader2,
  IconPlayerPause,
  IconPlayerStop,
} from '@tabler/icons-react';
import classes from './query.module.css';
import type { QueryState } from './query-rows.ts';

const MARKS = {
  running: { Icon: IconCircleCheck, word: 'running' },
  starting: { Icon: IconLoader2, word: 'starting' },
  paused: { Icon: IconPlayerPause, word: 'paused' },
  stopped: { Icon: IconPlayerStop, word: 'processor stopped' },
  failed: { Icon: IconAlertTriangle, word: 'failed' },
  rewinding: { Icon: IconHistory, word: 'rewinding' },
} as const satisfies Record<QueryState, unknown>;

export function QueryMark({ state }: { state: QueryState }) {
  const { Icon, word } = MARKS[state];
  return (
    <span className={classes.mark} data-state={state}>
      <Icon size={13} aria-hidden="true" />
      {word}
    </span>
  );
}
