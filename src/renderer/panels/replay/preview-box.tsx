// What the replay would do, before it starts: how much, which times and windows, how long, what moves, what stands
// against it.
import { Button, Loader } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import type { PartitionPreview, ReplayPreview } from '../../../shared/replay.ts';
import { type Fact, Facts } from '../../components/facts.tsx';
import {
  formatBytes,
  formatCount,
  formatDateTime,
  formatDuration,
  formatTime,
  NONE,
} from '../../components/format.ts';
import { Note } from '../../components/note.tsx';
import type { Target } from './draft.ts';
import type { Preview } from './use-preview.ts';
import classes from './wizard.module.css';

interface Props {
  preview: Preview;
  target: Target;
  onAgain: () => void;
}

export function PreviewBox({ preview, target, onAgain }: Props) {
  const shown =
    preview.state === 'known' ? preview.preview : preview.state === 'asking' ? preview.before : null;
  const busy = preview.state === 'asking';
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what does not fit is scrolled with the keys
    <section className={classes.preview} tabIndex={0} aria-label="Preview" aria-busy={busy}>
      <div className={classes.previewHead}>
        <h3>
          <span className={classes.number} aria-hidden="true">
            6
          </span>
          Preview
        </h3>
        <span className={classes.says} aria-live="polite">
          {busy && (
            <>
              <Loader size={11} mr={6} aria-hidden="true" />
              Counting…
            </>
          )}
          {preview.state === 'known' && `as it stood at ${formatTime(preview.at)}`}
        </span>
        <Button
          size="compact-xs"
          leftSection={<IconRefresh size={13} />}
          disabled={preview.state === 'none' || busy}
          onClick={onAgain}
        >
          Count again
        </Button>
      </div>
      {preview.state === 'none' && (
        <p className={classes.says}>Fill in the range, and this shows what the replay would do.</p>
      )}
      {preview.state === 'refused' && (
        <Note tone="error" title={preview.error.message}>
          {preview.error.remedy !== undefined && <p>{preview.error.remedy}</p>}
        </Note>
      )}
      {shown !== null && (
        <div className={classes.known} data-old={busy || undefined}>
          <Known preview={shown} target={target} />
        </div>
      )}
    </section>
  );
}

function Known({ preview, target }: { preview: ReplayPreview; target: Target }) {
  const noun = target === 'republish' ? 'rows' : 'events';
  const says = noteOf(preview);
  return (
    <>
      <p className={classes.amount}>
        <b>{formatCount(preview.events)}</b> {noun}
        {preview.windows > 0 && (
          <>
            {' '}
            in <b>{formatCount(preview.windows)}</b> {preview.windows === 1 ? 'window' : 'windows'}
          </>
        )}
      </p>
      {preview.conflicts.map(({ code, message, blocking }) => (
        <Note key={code + message} tone={blocking ? 'error' : 'warning'} title={message} />
      ))}
      <Facts facts={factsOf(preview, target)} />
      {preview.perPartition.length > 0 && <Partitions parts={preview.perPartition} target={target} />}
      {says !== '' && <p className={classes.says}>{says}</p>}
    </>
  );
}

/** The note without what stands above it as a conflict of its own. */
function noteOf({ note, conflicts }: ReplayPreview): string {
  return conflicts.reduce((rest, { message }) => rest.replace(message, ''), note).trim();
}

function factsOf(preview: ReplayPreview, target: Target): Fact[] {
  const { timeRange, ids, exact } = preview;
  const about = exact ? '' : 'about ';
  return [
    {
      name: target === 'republish' ? 'Rows of' : 'Events of',
      value: timeRange === null ? NONE : `${formatDateTime(timeRange.from)} – ${endOf(timeRange)}`,
    },
    ...(timeRange === null ? [] : [{ name: 'Spans', value: formatDuration(timeRange.to - timeRange.from) }]),
    ...(ids === null ? [] : [{ name: 'Row ids', value: `${ids.from} to ${ids.to}` }]),
    ...(target === 'republish'
      ? []
      : [{ name: 'Windows touched, by group', value: about + formatCount(preview.windows) }]),
    { name: bytesName(target), value: about + formatBytes(preview.bytes) },
    // The windows touched are found first, then computed whole: from more events than those gone back over.
    ...(preview.reads > preview.events
      ? [{ name: 'Events read, windows whole', value: formatCount(preview.reads) }]
      : []),
    {
      name: 'Takes',
      value: preview.seconds < 1 ? 'less than 1 s' : `about ${formatDuration(preview.seconds * 1_000)}`,
    },
  ];
}

function bytesName(target: Target): string {
  if (target === 'republish') return 'To publish';
  return target === 'rewind' ? 'Bytes read' : 'Bytes';
}

/** The date only where it is another one. */
function endOf({ from, to }: { from: number; to: number }): string {
  const same = new Date(from).toDateString() === new Date(to).toDateString();
  return same ? formatTime(to) : formatDateTime(to);
}

function Partitions({ parts, target }: { parts: readonly PartitionPreview[]; target: Target }) {
  const moves = target === 'rewind';
  const reads = target !== 'republish';
  return (
    <table className={classes.ranges}>
      <caption>
        {moves ? 'The range, and where the reading begins so that its windows are whole' : 'By partition'}
      </caption>
      <thead>
        <tr>
          <th scope="col">partition</th>
          <th scope="col">{reads ? 'events' : 'rows'}</th>
          {reads && <th scope="col">offsets</th>}
          {reads && <th scope="col">{moves ? 'position' : 'live position'}</th>}
          <th scope="col" className={classes.times}>
            times
          </th>
        </tr>
      </thead>
      <tbody>
        {parts.map((part) => (
          <tr key={part.partition}>
            <td>{part.partition}</td>
            <td>{formatCount(part.events)}</td>
            {reads && (
              <td>
                {offset(part.from)} – {offset(part.to)}
              </td>
            )}
            {reads && (
              <td>
                {offset(part.old)}
                {moves && ` → ${offset(part.new)}`}
              </td>
            )}
            <td className={classes.times}>
              {part.firstAt === null || part.lastAt === null
                ? NONE
                : `${formatTime(part.firstAt)} – ${formatTime(part.lastAt)}`}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function offset(text: string | null): string {
  return text === null ? NONE : formatCount(Number(text));
}
