// Records as a list of lines, only those in sight drawn. While the tail runs the list stays at its end, until someone
// scrolls up. Arrow keys choose.
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, useEffect, useRef } from 'react';
import type { TopicRecord } from '../../../shared/topics.ts';
import { formatDateTime } from '../../components/format.ts';
import classes from './topics.module.css';

const LINE = 24;
/** Closer to the end than this counts as at the end, px. */
const AT_END = 48;

interface Props {
  records: readonly TopicRecord[];
  chosen: TopicRecord | null;
  onChoose: (record: TopicRecord) => void;
  following: boolean;
  empty: string;
}

export function RecordList({ records, chosen, onChoose, following, empty }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const lines = useVirtualizer({
    count: records.length,
    getScrollElement: () => box.current,
    estimateSize: () => LINE,
    overscan: 16,
  });
  const index = chosen === null ? -1 : records.indexOf(chosen);

  useEffect(() => {
    if (following && atEnd.current && records.length > 0) lines.scrollToIndex(records.length - 1);
  }, [records, following, lines]);

  const onKeyDown = (event: KeyboardEvent) => {
    const to = moved(event.key, index, records.length);
    const record = to === null ? undefined : records[to];
    if (to === null || record === undefined) return;
    event.preventDefault();
    onChoose(record);
    lines.scrollToIndex(to);
  };

  return (
    <div className={classes.records}>
      <div className={classes.recordHead} aria-hidden="true">
        <span>time</span>
        <span>partition</span>
        <span>offset</span>
        <span>key</span>
        <span>value</span>
      </div>
      <div
        ref={box}
        className={classes.recordBox}
        role="listbox"
        aria-label="Records"
        tabIndex={0}
        aria-activedescendant={index < 0 ? undefined : idOf(records[index])}
        onKeyDown={onKeyDown}
        onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
          atEnd.current = scrollHeight - scrollTop - clientHeight < AT_END;
        }}
      >
        {records.length === 0 && <p className={classes.quiet}>{empty}</p>}
        <div style={{ height: lines.getTotalSize(), position: 'relative' }} role="presentation">
          {lines.getVirtualItems().map((item) => {
            const record = records[item.index];
            if (record === undefined) return null;
            return (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the list takes the keys (aria-activedescendant)
              // biome-ignore lint/a11y/useFocusableInteractive: as above
              <div
                key={idOf(record)}
                id={idOf(record)}
                role="option"
                aria-selected={record === chosen}
                aria-setsize={records.length}
                aria-posinset={item.index + 1}
                className={classes.record}
                style={{ height: LINE, transform: `translateY(${item.start}px)` }}
                onClick={() => onChoose(record)}
              >
                <span>{formatDateTime(record.timestamp)}</span>
                <span>{record.partition}</span>
                <span>{record.offset}</span>
                <span>{record.key ?? 'null'}</span>
                <span>{record.value ?? 'null'}</span>
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

function idOf(record: TopicRecord | undefined): string | undefined {
  return record === undefined ? undefined : `record-${record.partition}-${record.offset}`;
}

function moved(key: string, index: number, count: number): number | null {
  switch (key) {
    case 'ArrowDown':
      return Math.min(count - 1, index + 1);
    case 'ArrowUp':
      return Math.max(0, index - 1);
    case 'PageDown':
      return Math.min(count - 1, index + 20);
    case 'PageUp':
      return Math.max(0, index - 20);
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return null;
  }
}
