// The charts area of the control room: six charts at once (all twelve where there is room), one time axis, one
// crosshair, and the timeline under them. Mounted by the shell once there is a snapshot.
import { SegmentedControl } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { useMemo, useState } from 'react';
import { useStore } from 'zustand';
import { download, fileName } from '../../charts/export.ts';
import { isSameMark, marksIn } from '../../charts/marks.ts';
import { toSheet } from '../../charts/sheet.ts';
import { readTokens } from '../../charts/tokens.ts';
import { pastRoom, useLiveSnapshot } from '../../store/index.ts';
import { ChartCard } from './chart-card.tsx';
import classes from './panel.module.css';
import { QueryChoice } from './query-choice.tsx';
import { liveEnd, useTimeView } from './time-view.ts';
import { Timeline } from './timeline.tsx';
import { useChartData } from './use-chart-data.ts';
import { type Page, useChartModels } from './use-chart-models.ts';
import { useOverview } from './use-overview.ts';
import { useSame } from './use-same.ts';

/** Space that one chart needs to be read, px. */
const CARD_WIDTH = 300;
const CARD_HEIGHT = 190;
/** In a low window two rows are squeezed in rather than the second one cut off, but not below this. */
const LEAST_CARD_HEIGHT = 140;
const GAP = 12;
const ALL = 12;
/** Above this width the timeline has room for all ranges side by side. */
const WIDE = 860;

export function ChartsPanel() {
  const { rangeMs, end } = useTimeView();
  const live = end === null;
  const bundle = useStore(pastRoom, (past) => past.bundle);
  const present = useLiveSnapshot((snapshot) => liveEnd(snapshot.at, rangeMs));
  const now = bundle?.to ?? present;
  const to = end ?? now;
  const view = useMemo(() => ({ from: to - rangeMs, to }), [to, rangeMs]);
  const data = useChartData(view, live, bundle?.id ?? null);
  const overview = useOverview(rangeMs, end, now, bundle);
  const { sources } = overview;
  // The figures of a running replay change ten times a second, its place on the axis does not.
  const marks = useSame(
    useMemo(() => marksIn(sources, view.from, view.to), [sources, view]),
    isSameMark,
  );
  const { ref, width, height } = useElementSize();
  const [page, setPage] = useState<Page>('overview');
  const [enlarged, setEnlarged] = useState<string | null>(null);

  const columns = Math.max(1, Math.min(4, Math.floor((width + GAP) / (CARD_WIDTH + GAP))));
  const rows = Math.floor((height + GAP) / (CARD_HEIGHT + GAP));
  const cardHeight = Math.min(CARD_HEIGHT, Math.max(LEAST_CARD_HEIGHT, Math.floor((height - GAP) / 2)));
  const roomForAll = columns * rows >= ALL;
  const { models, every } = useChartModels(roomForAll ? 'all' : page, view, data);
  const chosen = models.find((model) => model.id === enlarged);
  const savePicture = () => {
    const title = bundle === null ? 'LiveDB' : `LiveDB · ${bundle.name}`;
    const sheet = toSheet({ title, models: every(), marks, view }, readTokens(document.documentElement));
    sheet.toBlob((blob) => blob !== null && download(fileName('charts', view.to, 'png'), blob), 'image/png');
  };
  const visible = chosen === undefined ? models : [chosen];

  return (
    <section className={classes.panel} aria-label="Charts" aria-busy={data.loading}>
      <div className={classes.gridFrame} ref={ref}>
        <div
          className={classes.grid}
          style={{
            gridTemplateColumns: `repeat(${chosen === undefined ? columns : 1}, minmax(0, 1fr))`,
            gridAutoRows: `minmax(${cardHeight}px, 1fr)`,
          }}
        >
          {visible.map((model) => (
            <ChartCard
              key={model.id}
              model={model}
              marks={marks}
              view={view}
              enlarged={chosen !== undefined}
              onEnlarge={setEnlarged}
              foreign={bundle !== null}
            />
          ))}
        </div>
      </div>
      {data.error !== null && (
        <p className={classes.error} role="alert">
          The history could not be read: {data.error.message}
        </p>
      )}
      <div className={classes.foot}>
        {!roomForAll && (
          <SegmentedControl
            aria-label="Charts shown"
            data={[
              { value: 'overview', label: 'Overview' },
              { value: 'details', label: 'Details' },
            ]}
            value={page}
            onChange={(value) => {
              setEnlarged(null);
              setPage(value === 'details' ? 'details' : 'overview');
            }}
          />
        )}
        <QueryChoice />
        <Timeline
          overview={overview}
          view={view}
          live={live}
          now={now}
          wide={width > WIDE}
          foreign={bundle !== null}
          onPicture={savePicture}
        />
      </div>
    </section>
  );
}
