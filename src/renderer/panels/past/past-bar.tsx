// The bar that says that the room is shown as it was: at which moment, of which run, and the way back to the present.
import { ActionIcon, Button, Tooltip } from '@mantine/core';
import {
  IconChevronLeft,
  IconChevronRight,
  IconChevronsLeft,
  IconChevronsRight,
  IconHistory,
} from '@tabler/icons-react';
import { useStore } from 'zustand';
import { formatDateTime } from '../../components/format.ts';
import { pastRoom } from '../../store/index.ts';
import { goLive, scrubTo, timeView } from '../charts/time-view.ts';
import classes from './past.module.css';

const STEPS = [
  { ms: -10_000, label: '10 seconds earlier', Icon: IconChevronsLeft },
  { ms: -1_000, label: 'One second earlier', Icon: IconChevronLeft },
  { ms: 1_000, label: 'One second later', Icon: IconChevronRight },
  { ms: 10_000, label: '10 seconds later', Icon: IconChevronsRight },
] as const;

const MINUTE = 60_000;

export function PastBar() {
  const { at, moment, bundle, error } = useStore(pastRoom);
  if (at === null) return null;
  const step = (ms: number) => {
    const latest = bundle?.to ?? Date.now();
    const earliest = bundle?.from ?? 0;
    scrubTo(Math.min(latest, Math.max(earliest, at + ms)), timeView.getState().rangeMs ?? 5 * MINUTE);
  };
  const of = bundle === null ? '' : ` · ${bundle.name}`;
  return (
    <section className={classes.bar} aria-label="The past">
      <IconHistory size={16} aria-hidden />
      <strong role="status">
        As it was at {formatDateTime(moment?.nearest === true ? moment.at : at)}
        {of}
      </strong>
      <span className={classes.says}>
        {error !== null
          ? error.message
          : moment?.nearest === true
            ? `Nothing was recorded at ${formatDateTime(at)}; this is the closest.`
            : bundle === null
              ? 'The pipeline goes on meanwhile; nothing can be done to the past.'
              : 'A recorded run: to look at only.'}
      </span>
      <span className={classes.steps}>
        {STEPS.map(({ ms, label, Icon }) => (
          <Tooltip key={ms} label={label}>
            <ActionIcon size={24} variant="subtle" color="gray" aria-label={label} onClick={() => step(ms)}>
              <Icon size={15} />
            </ActionIcon>
          </Tooltip>
        ))}
      </span>
      <Button size="compact-xs" variant="filled" onClick={goLive}>
        Back to live
      </Button>
    </section>
  );
}
