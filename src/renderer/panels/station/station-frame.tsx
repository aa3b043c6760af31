// What the panels of all living stations share: the head with state and life, what is wrong, and how to break it.
import type { ReactNode } from 'react';
import { formatBytes, formatClockDuration, formatCpu, formatDuration } from '../../components/format.ts';
import { Note } from '../../components/note.tsx';
import { StateBadge } from '../../components/state-badge.tsx';
import { useNow } from '../../components/use-now.ts';
import type { Part } from '../../store/actions.ts';
import { PART_NAMES, partOf, useCalmSnapshot, usePart, usePartState } from '../../store/index.ts';
import { BreakIt } from './break-it.tsx';
import styles from './station-panel.module.css';

interface Props {
  part: Part;
  external?: boolean;
  children: ReactNode;
}

export function StationFrame({ part, external = false, children }: Props) {
  const state = usePartState(part);
  const waiting = usePart(part, (status) => status.waiting !== null);
  return (
    <>
      <div className={styles.head}>
        <div className={styles.title}>
          <h2>{PART_NAMES[part]}</h2>
          <StateBadge state={state} waiting={waiting} />
        </div>
        <Life part={part} />
      </div>
      <Trouble part={part} />
      {children}
      {part !== 'engine' && <BreakIt target={part} external={external} />}
    </>
  );
}

/** Always two lines, so that nothing below moves when a stage starts or ends. */
function Life({ part }: { part: Part }) {
  const since = usePart(part, (status) => status.since);
  const pid = usePart(part, (status) => status.pid);
  const restarts = usePart(part, (status) => status.restarts);
  const cpu = useCalmSnapshot((snapshot) => partOf(snapshot, part).cpu);
  const rssBytes = useCalmSnapshot((snapshot) => partOf(snapshot, part).rssBytes);
  const now = useNow();
  const ran = `${restarts} restart${restarts === 1 ? '' : 's'}`;
  return (
    <div className={`mono ${styles.life}`}>
      <span>{since === null ? 'not running' : `up ${formatClockDuration(now - since)}`}</span>
      <span>{pid === null ? '' : `pid ${pid}`}</span>
      <span>{cpu === null ? '' : `CPU ${formatCpu(cpu)} · ${formatBytes(rssBytes)}`}</span>
      <span>{restarts === 0 ? '' : ran}</span>
    </div>
  );
}

function Trouble({ part }: { part: Part }) {
  const state = usePartState(part);
  const error = usePart(part, (status) => status.error);
  const waiting = usePart(part, (status) => status.waiting);
  if (state === 'backing-off') {
    return (
      <Note tone="waiting" title={<NextTry part={part} />}>
        <p>{error?.message ?? 'It ended unexpectedly.'}</p>
        {error?.remedy !== undefined && <p>{error.remedy}</p>}
      </Note>
    );
  }
  if (state === 'failed') {
    return (
      <Note tone="error" title={error?.message ?? `${PART_NAMES[part]} failed`}>
        {error?.remedy !== undefined && <p>{error.remedy}</p>}
      </Note>
    );
  }
  if (waiting !== null) {
    return (
      <Note tone="waiting" title={waiting}>
        <p>It goes on by itself as soon as it can.</p>
      </Note>
    );
  }
  return null;
}

function NextTry({ part }: { part: Part }) {
  const retryAt = usePart(part, (status) => status.retryAt);
  const now = useNow();
  return retryAt === null ? 'Trying again soon' : `Next try in ${formatDuration(Math.max(0, retryAt - now))}`;
}
