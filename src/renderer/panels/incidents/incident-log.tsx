// The incident log at the foot of the page: newest first, with cause and remedy, filtered by severity.
import { ActionIcon, SegmentedControl, Tooltip } from '@mantine/core';
import {
  IconAlertTriangleFilled,
  IconChevronDown,
  IconChevronUp,
  IconExclamationCircleFilled,
  IconInfoCircle,
} from '@tabler/icons-react';
import { useState } from 'react';
import type { Incident, Severity } from '../../../shared/incident.ts';
import { formatDateTime, formatDuration, formatTime } from '../../components/format.ts';
import { PART_NAMES, selectStation, useSnapshot } from '../../store/index.ts';
import styles from './incident-log.module.css';

const ICONS = {
  info: IconInfoCircle,
  warning: IconExclamationCircleFilled,
  error: IconAlertTriangleFilled,
} satisfies Record<Severity, typeof IconInfoCircle>;

type Filter = 'all' | 'warning' | 'error';

export function IncidentLog() {
  const incidents = useSnapshot((snapshot) => snapshot.incidents);
  const [filter, setFilter] = useState<Filter>('all');
  const [tall, setTall] = useState(false);
  const shown = newestFirst(incidents, filter);
  return (
    <section className={styles.log} aria-label="Incidents" data-tall={tall}>
      <div className={styles.head}>
        <h2>Incidents</h2>
        <span className={styles.count}>
          {incidents.length === 0 ? '' : `${shown.length} of ${incidents.length}`}
        </span>
        <SegmentedControl
          aria-label="Show incidents"
          classNames={{ root: styles.filter ?? '' }}
          value={filter}
          data={[
            { value: 'all', label: 'All' },
            { value: 'warning', label: 'Warnings' },
            { value: 'error', label: 'Errors' },
          ]}
          onChange={(value) => setFilter(value as Filter)}
        />
        <Tooltip label={tall ? 'Make the log smaller' : 'Make the log larger'}>
          <ActionIcon
            size={24}
            variant="subtle"
            color="gray"
            aria-label={tall ? 'Make the log smaller' : 'Make the log larger'}
            aria-expanded={tall}
            onClick={() => setTall(!tall)}
          >
            {tall ? <IconChevronDown size={15} /> : <IconChevronUp size={15} />}
          </ActionIcon>
        </Tooltip>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard. */}
      <div className={styles.list} tabIndex={0} role="log" aria-label="Incident list" aria-live="off">
        {shown.length === 0 ? (
          <p className={styles.empty}>
            {incidents.length === 0
              ? 'Nothing has gone wrong. Kill a station (Break it, on the right) and watch it come back.'
              : 'No incident of this severity.'}
          </p>
        ) : (
          shown.map((incident) => <Row key={incident.id} incident={incident} />)
        )}
      </div>
    </section>
  );
}

export function newestFirst(incidents: readonly Incident[], filter: Filter): Incident[] {
  return incidents
    .filter(
      ({ severity }) =>
        filter === 'all' || severity === filter || (filter === 'warning' && severity === 'error'),
    )
    .sort((a, b) => b.at - a.at);
}

function Row({ incident }: { incident: Incident }) {
  const { at, endedAt, severity, subject, title, cause, remedy } = incident;
  const Icon = ICONS[severity];
  const station = subject === 'engine' ? 'processor' : subject;
  return (
    <div className={styles.row} data-severity={severity}>
      <time className="mono" dateTime={new Date(at).toISOString()} title={formatDateTime(at)}>
        {formatTime(at)}
      </time>
      <Icon size={13} aria-label={severity} role="img" className={styles.icon} />
      {station === null ? (
        <span className={styles.subject}>LiveDB</span>
      ) : (
        <button type="button" className={styles.subject} onClick={() => selectStation(station)}>
          {PART_NAMES[station]}
        </button>
      )}
      <p className={styles.text}>
        <strong>{title}</strong>
        {cause !== '' && <span> {cause}</span>}
        {remedy !== null && <span className={styles.remedy}> {remedy}</span>}
      </p>
      <span className={`mono ${styles.length}`}>
        {endedAt !== null && endedAt > at ? `lasted ${formatDuration(endedAt - at)}` : ''}
      </span>
    </div>
  );
}
