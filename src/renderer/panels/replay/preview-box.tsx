// What a replay would read, before it starts: how much, and which stretches.
import { Loader } from '@mantine/core';
import type { ReplayPreview } from '../../../shared/replay.ts';
import { formatCount } from '../../components/format.ts';
import { Note } from '../../components/note.tsx';
import type { ReplayStage } from './draft.ts';
import classes from './replay.module.css';
import type { Preview } from './use-preview.ts';

export function PreviewBox({ preview, stage }: { preview: Preview; stage: ReplayStage }) {
  return (
    <section
      className={classes.preview}
      aria-label="Preview"
      aria-live="polite"
      aria-busy={preview.state === 'asking'}
    >
      <h3>What this reads</h3>
      {preview.state === 'none' && (
        <p className={classes.says}>Say where to start, and this shows how much it is.</p>
      )}
      {preview.state === 'asking' && (
        <p className={classes.says}>
          <Loader size={12} mr={8} aria-hidden="true" />
          Counting…
        </p>
      )}
      {preview.state === 'refused' && (
        <Note tone="error" title={preview.error.message}>
          {preview.error.remedy !== undefined && <p>{preview.error.remedy}</p>}
        </Note>
      )}
      {preview.state === 'known' && <Known preview={preview.preview} stage={stage} />}
    </section>
  );
}

function Known({ preview, stage }: { preview: ReplayPreview; stage: ReplayStage }) {
  return (
    <>
      <p className={classes.amount}>
        <b>{formatCount(preview.events)}</b> {stage === 'processor' ? 'events' : 'rows'}
      </p>
      {preview.ids !== null && (
        <p className={classes.says}>
          ids <b className="mono">{preview.ids.from}</b> to <b className="mono">{preview.ids.to}</b>
        </p>
      )}
      {preview.ranges.length > 0 && (
        <table className={classes.ranges}>
          <thead>
            <tr>
              <th scope="col">partition</th>
              <th scope="col">from offset</th>
              <th scope="col">to, exclusive</th>
              <th scope="col">events</th>
            </tr>
          </thead>
          <tbody>
            {preview.ranges.map((range) => (
              <tr key={range.partition}>
                <td>{range.partition}</td>
                <td>{formatCount(Number(range.from))}</td>
                <td>{formatCount(Number(range.to))}</td>
                <td>{formatCount(range.events)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {preview.note !== '' && <p className={classes.says}>{preview.note}</p>}
    </>
  );
}
