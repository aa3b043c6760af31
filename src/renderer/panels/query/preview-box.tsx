// What the query would have made of the last minutes of the topic, before it goes live. Nothing is published.
import { Button, NativeSelect, Progress } from '@mantine/core';
import { IconPlayerPlay } from '@tabler/icons-react';
import { useMemo, useState } from 'react';
import { AGGREGATES, type Aggregate, type QuerySpec } from '../../../shared/query.ts';
import { isEmpty } from '../../charts/model.ts';
import { TimePlot } from '../../charts/time-plot.tsx';
import { slotVariable } from '../../charts/tokens.ts';
import { formatCount, formatDuration } from '../../components/format.ts';
import { Note } from '../../components/note.tsx';
import { AGGREGATE_WORDS } from './aggregates.ts';
import { previewModel } from './preview-model.ts';
import classes from './query.module.css';
import { type Previewed, usePreview } from './use-preview.ts';

const STRETCHES = [60_000, 300_000, 900_000, 3_600_000] as const;
const NO_MARKS = [] as const;
const stay = () => undefined;

export function PreviewBox({ spec }: { spec: QuerySpec | null }) {
  const { preview, run, cancel } = usePreview();
  const [lastMs, setLastMs] = useState<number>(300_000);
  const stale = preview.state === 'known' && JSON.stringify(preview.spec) !== JSON.stringify(spec);
  return (
    <section className={classes.box} aria-label="Preview" aria-busy={preview.state === 'asking'}>
      <div className={classes.boxHead}>
        <h3>Preview</h3>
        <NativeSelect
          size="xs"
          aria-label="Stretch of the preview"
          value={String(lastMs)}
          data={STRETCHES.map((ms) => ({ value: String(ms), label: `last ${formatDuration(ms)}` }))}
          onChange={(event) => setLastMs(Number(event.currentTarget.value))}
        />
        <Button
          size="compact-xs"
          leftSection={<IconPlayerPlay size={13} />}
          disabled={spec === null || preview.state === 'asking'}
          onClick={() => spec !== null && run(spec, lastMs)}
        >
          Run preview
        </Button>
      </div>
      <div className={classes.previewBody} aria-live="polite">
        {preview.state === 'none' && (
          <p className={classes.says}>
            Runs the query over the last minutes of the topic and draws what it would have said. Nothing is
            published and nothing is kept.
          </p>
        )}
        {preview.state === 'asking' && (
          <div className={classes.asking}>
            <Progress
              value={100}
              animated
              size="sm"
              aria-label="Reading the topic"
              className={classes.grow}
            />
            <Button size="compact-xs" onClick={cancel}>
              Cancel preview
            </Button>
          </div>
        )}
        {preview.state === 'refused' && (
          <Note tone="error" title={preview.error.message}>
            {preview.error.remedy !== undefined && <p>{preview.error.remedy}</p>}
          </Note>
        )}
        {preview.state === 'known' && <Known previewed={preview} stale={stale} />}
      </div>
    </section>
  );
}

function Known({ previewed, stale }: { previewed: Previewed; stale: boolean }) {
  const { spec, answer } = previewed;
  const asked = AGGREGATES.filter((aggregate) => spec.aggregates.includes(aggregate));
  const [chosen, setChosen] = useState<Aggregate>('count');
  const aggregate = asked.includes(chosen) ? chosen : 'count';
  const model = useMemo(
    () => previewModel(answer.results, spec, aggregate),
    [answer.results, spec, aggregate],
  );
  const view = useMemo(() => ({ from: answer.from ?? 0, to: answer.to ?? 1 }), [answer.from, answer.to]);
  return (
    <>
      <div className={classes.previewLine}>
        <p className={classes.says}>
          <b>{formatCount(answer.events)}</b> events, <b>{formatCount(answer.windows)}</b> windows, in{' '}
          <b>{formatDuration(answer.tookMs)}</b>
          {answer.truncated ? ', cut off at the most events a preview reads' : ''}
          {stale ? ' · of the query before the last change' : ''}
        </p>
        <NativeSelect
          size="xs"
          aria-label="Aggregate of the preview"
          value={aggregate}
          data={asked.map((value) => ({ value, label: AGGREGATE_WORDS[value] }))}
          onChange={(event) =>
            setChosen(asked.find((value) => value === event.currentTarget.value) ?? 'count')
          }
        />
      </div>
      <div className={classes.plot}>
        {isEmpty(model) ? (
          <p className={classes.quiet}>{model.empty}</p>
        ) : (
          <TimePlot
            model={model}
            shown={model.series}
            marks={NO_MARKS}
            view={view}
            label={`${model.title}, ${model.subtitle}: ${model.series.map(({ name }) => name).join(', ')}`}
            onZoom={stay}
          />
        )}
      </div>
      <ul className={classes.legend} aria-label="Groups of the preview">
        {model.series.map(({ key, name, slot }) => (
          <li key={key}>
            <i style={{ background: slotVariable(slot) }} />
            {name}
          </li>
        ))}
      </ul>
    </>
  );
}
