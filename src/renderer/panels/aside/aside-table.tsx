// The records of a side topic, newest first; dead ones can be marked to be dealt with together. Part of aside-dialog.tsx.
import { Checkbox } from '@mantine/core';
import type { LiveDbErrorData } from '../../../shared/errors.ts';
import type { SideRecord } from '../../../shared/side-records.ts';
import { formatBytes, formatDateTime, formatTime } from '../../components/format.ts';
import classes from './aside.module.css';
import type { AsideTab } from './aside-reader.ts';

/** Records by id: they stay marked when newer ones push them out of the list. */
export type Marked = ReadonlyMap<string, SideRecord>;

interface Props {
  tab: AsideTab;
  records: readonly SideRecord[];
  chosen: string | null;
  onChoose: (record: SideRecord) => void;
  marked: Marked;
  onMark: (marked: Marked) => void;
  refused: ReadonlyMap<string, LiveDbErrorData>;
  empty: string;
}

const SHOWN_CHARACTERS = 300;

export function AsideTable({ tab, records, chosen, onChoose, marked, onMark, refused, empty }: Props) {
  const dead = tab === 'dead';
  const markable = records.filter(({ state }) => state !== 'sent');
  const all = markable.length > 0 && markable.every(({ id }) => marked.has(id));
  const mark = (record: SideRecord, on: boolean) => {
    const next = new Map(marked);
    if (on) next.set(record.id, record);
    else next.delete(record.id);
    onMark(next);
  };
  return (
    <section
      className={classes.box}
      data-short={chosen !== null || undefined}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the table is scrolled with the keys
      tabIndex={0}
      aria-label={dead ? 'Dead records' : 'Late records'}
    >
      <table className={classes.table} data-tab={tab}>
        <thead>
          <tr>
            {dead && (
              <th scope="col">
                <Checkbox
                  size="xs"
                  aria-label="Mark all"
                  checked={all}
                  indeterminate={!all && marked.size > 0}
                  disabled={markable.length === 0}
                  onChange={() => onMark(new Map(all ? [] : markable.map((record) => [record.id, record])))}
                />
              </th>
            )}
            <th scope="col">Put aside</th>
            <th scope="col">Partition / offset</th>
            {!dead && <th scope="col">Query</th>}
            <th scope="col">{dead ? 'State' : 'Window'}</th>
            <th scope="col">Reason</th>
            <th scope="col">Value</th>
          </tr>
        </thead>
        <tbody>
          {records.map((record) => {
            const { id, at, state, counted } = record;
            const reason = counted === undefined ? record.reason : countedText(counted);
            const error = refused.get(id);
            return (
              <tr key={id} data-chosen={id === chosen || undefined}>
                {dead && (
                  <td>
                    <Checkbox
                      size="xs"
                      aria-label={`Mark record ${id}`}
                      checked={marked.has(id)}
                      disabled={state === 'sent'}
                      onChange={(event) => mark(record, event.currentTarget.checked)}
                    />
                  </td>
                )}
                <td>
                  <button
                    type="button"
                    className={classes.open}
                    aria-label={`Open record ${id}, ${formatDateTime(at)}`}
                    data-record={id}
                    aria-pressed={id === chosen}
                    onClick={() => onChoose(record)}
                  >
                    {formatDateTime(at)}
                  </button>
                </td>
                <td>{sourceText(record)}</td>
                {!dead && <td>{record.query ?? ''}</td>}
                <td data-state={state}>{dead ? state : windowText(record)}</td>
                <td title={error?.message ?? reason} data-refused={error !== undefined || undefined}>
                  {error === undefined ? reason : `refused: ${error.message}`}
                </td>
                <td className={classes.valueCell}>{valueText(record)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {records.length === 0 && <p className={classes.quiet}>{empty}</p>}
    </section>
  );
}

export function sourceText({ source }: SideRecord): string {
  return source === null ? 'unknown' : `${source.partition} / ${source.offset}`;
}

/** Since a rewind its windows hold it, so that it is late no more. */
export function countedText({ at, from }: NonNullable<SideRecord['counted']>): string {
  const where = from === null ? '' : ` in windows from ${formatTime(from)} on`;
  return `counted since${where}, by the rewind of ${formatDateTime(at)}`;
}

function windowText({ window }: SideRecord): string {
  if (window === undefined) return '';
  return `${formatTime(Date.parse(window.start))} – ${formatTime(Date.parse(window.end))}`;
}

function valueText({ value, encoding, bytes, cut }: SideRecord): string {
  if (value === null) return 'null';
  if (bytes === 0) return 'empty';
  if (encoding === 'base64') return `${formatBytes(bytes)} that are no text`;
  const start = value.slice(0, SHOWN_CHARACTERS);
  return cut ? `${formatBytes(bytes)}: ${start}` : start;
}
