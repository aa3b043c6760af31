// What the panels of all living stations share: the head with state and life, what is wrong, and how to break it.
import type { ReactNode } from 'react';
import { formatBytes, formatClockDuration, formatCpu, formatDuration } from '../../components/format.ts';
import { Note } from '../../components/note.tsx';
import { StateBadge } from '../../components/state-badge.tsx';
import { useNow } from '../../components/use-now.ts';
import type { Part } from '../../store/actions.ts';
import { PART_NAMES, usePart } from '../../store/index.ts';
import { BreakIt } from './break-it.tsx';
import styles from './station-panel.module.css';

interface Props {
  part: Part;
  external?: boolean;
  children: ReactNode;
}

export function StationFrame({ part, external = false, children }: Props) {
  const { status, state } = usePart(part);
  return (
    <>
      <div className={styles.head}>
        <div className={styles.title}>
          <h2>{PART_NAMES[part]}</h2>
          <StateBadge state={state} waiting={status.waiting !== null} />
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
  const { status } = usePart(part);
  const now = useNow();
  const { since, pid, restarts, cpu, rssBytes } = status;
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
  const { status, state } = usePart(part);
  const now = useNow();
  if (state === 'backing-off') {
    const wait = status.retryAt === null ? null : Math.max(0, status.retryAt - now);
    return (
      <Note
        tone="waiting"
        title={wait === null ? 'Trying again soon' : `Next try in ${formatDuration(wait)}`}
      >
        <p>{status.error?.message ?? 'It ended unexpectedly.'}</p>
        {status.error?.remedy !== undefined && <p>{status.error.remedy}</p>}
      </Note>
    );
  }
  if (state === 'failed') {
    return (
      <Note tone="error" title={status.error?.message ?? `${PART_NAMES[part]} failed`}>
        {status.error?.remedy !== undefined && <p>{status.error.remedy}</p>}
      </Note>
    );
  }
  if (status.waiting !== null) {
    return (
      <Note tone="waiting" title={status.waiting}>
        <p>It goes on by itself as soon as it can.</p>
      </Note>
    );
  }
  return null;
}
