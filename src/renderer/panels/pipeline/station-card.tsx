// One station of the strip: its state, its one big figure, a line of detail, a sparkline, and Start or Stop.
import type { ReactNode } from 'react';
import { StartStopButton } from '../../components/part-controls.tsx';
import { StateBadge } from '../../components/state-badge.tsx';
import type { Part } from '../../store/actions.ts';
import { type Station, selectStation, useControlRoom, usePart, usePartState } from '../../store/index.ts';
import styles from './station-card.module.css';

interface Props {
  station: Station;
  name: string;
  figure: ReactNode;
  unit: string;
  detail: ReactNode;
  quiet?: boolean;
  children?: ReactNode;
  head?: ReactNode;
  foot?: ReactNode;
  tone?: 'waiting' | 'failed' | undefined;
}

export function StationCard(props: Props) {
  const { station, name, quiet = false } = props;
  const selected = useControlRoom((state) => state.selected === station);
  return (
    <div className={styles.card} data-quiet={quiet} data-selected={selected} data-tone={props.tone}>
      <div className={styles.head}>
        <button
          type="button"
          className={styles.name}
          aria-pressed={selected}
          onClick={() => selectStation(station)}
        >
          {name}
        </button>
        {props.head}
      </div>
      <div className={styles.figure}>
        <span className={`mono ${styles.big}`}>{props.figure}</span>{' '}
        <span className={styles.unit}>{props.unit}</span>
      </div>
      <div className={styles.detail}>{props.detail}</div>
      {props.children !== undefined && props.tone === undefined && (
        <div className={styles.spark}>{props.children}</div>
      )}
      {props.foot !== undefined && <div className={styles.foot}>{props.foot}</div>}
    </div>
  );
}

/** A station with a life of its own: a stage or a service. */
export function LivingCard(
  props: Omit<Props, 'head' | 'foot' | 'station'> & { part: Part & Station; external?: boolean },
) {
  const { part, external = false, ...rest } = props;
  const state = usePartState(part);
  const reason = usePart(part, (status) => status.error?.message ?? null);
  const waitsFor = usePart(part, (status) => status.waiting);
  const down = state === 'failed' || state === 'backing-off';
  const trouble = down ? reason : state === 'running' ? waitsFor : null;
  return (
    <StationCard
      {...rest}
      station={part}
      head={<StateBadge state={state} waiting={waitsFor !== null} />}
      tone={state === 'failed' ? 'failed' : trouble === null ? undefined : 'waiting'}
      detail={trouble === null ? rest.detail : <span title={trouble}>{trouble}</span>}
      foot={external ? <span className={styles.external}>external</span> : <StartStopButton part={part} />}
    />
  );
}
