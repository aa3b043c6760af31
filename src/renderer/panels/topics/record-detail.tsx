// One record in full: where it stands, its headers, its value in readable JSON.
import { ActionIcon, Button, Tooltip } from '@mantine/core';
import { IconCopy, IconX } from '@tabler/icons-react';
import { EVENT_HEADERS } from '../../../shared/event.ts';
import type { TopicRecord } from '../../../shared/topics.ts';
import { formatDateTime } from '../../components/format.ts';
import { copyText } from '../../store/actions.ts';
import { openOverlay } from '../../store/index.ts';
import classes from './topics.module.css';

export function RecordDetail({ record, onClose }: { record: TopicRecord; onClose: () => void }) {
  const headers = Object.entries(record.headers);
  const rowId = rowOf(record);
  return (
    <section className={classes.detail} aria-label="Record">
      <header>
        <b>
          Partition {record.partition}, offset {record.offset}
        </b>
        <span>
          {formatDateTime(record.timestamp)} · {new Date(record.timestamp).toISOString()}
        </span>
        <span className={classes.grow} />
        {rowId !== null && (
          <Button size="compact-xs" onClick={() => openOverlay({ kind: 'xray', id: rowId })}>
            X-ray this row
          </Button>
        )}
        <Tooltip label="Copy value">
          <ActionIcon
            size={26}
            variant="subtle"
            color="gray"
            aria-label="Copy value"
            disabled={record.value === null}
            onClick={() => record.value !== null && void copyText(record.value, 'Value')}
          >
            <IconCopy size={14} />
          </ActionIcon>
        </Tooltip>
        <ActionIcon size={26} variant="subtle" color="gray" aria-label="Close record" onClick={onClose}>
          <IconX size={14} />
        </ActionIcon>
      </header>
      <div className={classes.detailBody}>
        <dl>
          <dt>key</dt>
          <dd>{record.key ?? 'null'}</dd>
          {headers.map(([name, value]) => (
            <div key={name} className={classes.header}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
          {headers.length === 0 && <dt className={classes.none}>no headers</dt>}
        </dl>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a long value is scrolled with the keys */}
        <section className={classes.value} tabIndex={0} aria-label="Value">
          <pre>{readable(record.value)}</pre>
        </section>
      </div>
    </section>
  );
}

/** JSON with indents; anything else as it is. A tombstone is shown as what it is. */
export function readable(value: string | null): string {
  if (value === null) return 'null (a tombstone: the key is deleted)';
  try {
    return JSON.stringify(JSON.parse(value), null, 2);
  } catch {
    return value; // Not JSON, so there is nothing to make readable.
  }
}

/** The row that the record is the event of; null for other records. */
export function rowOf({ key, headers }: Pick<TopicRecord, 'key' | 'headers'>): string | null {
  const isEvent = EVENT_HEADERS.position in headers || EVENT_HEADERS.replayId in headers;
  return isEvent && key !== null && /^-?\d{1,19}$/.test(key) ? key : null;
}
