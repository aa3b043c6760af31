// The timeline under the charts: pause or live, how long a stretch, and where it lies, with what happened on the way.
// The stretch is a slider: drag it, click beside it, or move it with the arrow keys; the room goes with it.
import { Button, NativeSelect, SegmentedControl } from '@mantine/core';
import { IconPlayerPauseFilled, IconPlayerTrackNextFilled } from '@tabler/icons-react';
import { type KeyboardEvent, memo, type PointerEvent, useRef } from 'react';
import { type Mark, marksIn } from '../../charts/marks.ts';
import type { View } from '../../charts/plot-option.ts';
import { formatDateTime, formatTime } from '../../components/format.ts';
import { useControlRoom } from '../../store/index.ts';
import { PastMenu } from '../past/past-menu.tsx';
import { Outline } from './outline.tsx';
import classes from './panel.module.css';
import { goLive, holdAt, RANGES, scrubTo, setRange } from './time-view.ts';
import type { Overview } from './use-overview.ts';

const DAY = 86_400_000;

interface Props {
  overview: Overview;
  view: View;
  live: boolean;
  now: number;
  /** Room for all ranges side by side. */
  wide: boolean;
  /** The past of another run: it has no present to go to. */
  foreign: boolean;
  /** All charts of the stretch in one picture. */
  onPicture: () => void;
}

export function Timeline({ overview, view, live, now, wide, foreign, onPicture }: Props) {
  const range = view.to - view.from;
  // While the line is down nothing is live: the end is the time of the last figures.
  const flows = useControlRoom((state) => state.lostSince === null) && live;
  const long = overview.extent.to - overview.extent.from > DAY;
  const label = (at: number) => (long ? formatDateTime(at).slice(0, -3) : formatTime(at).slice(0, 5));
  const options = RANGES.map(({ ms, label: name }) => ({ value: String(ms), label: name }));
  const named = RANGES.some(({ ms }) => ms === range);
  const change = (value: string) => {
    if (value !== '') setRange(Number(value));
  };
  return (
    <div className={classes.timeline}>
      <Button
        className={classes.pause}
        leftSection={live ? <IconPlayerPauseFilled size={13} /> : <IconPlayerTrackNextFilled size={13} />}
        aria-label={live ? 'Pause charts' : 'Show charts live'}
        onClick={() => (live ? holdAt(view.to, range) : goLive())}
      >
        {live ? 'Pause' : 'Live'}
      </Button>
      {wide ? (
        <SegmentedControl
          aria-label="Range of the charts"
          data={options}
          value={named ? String(range) : ''}
          onChange={change}
        />
      ) : (
        <NativeSelect
          aria-label="Range of the charts"
          size="xs"
          data={named ? options : [{ value: '', label: 'custom' }, ...options]}
          value={named ? String(range) : ''}
          onChange={(event) => change(event.currentTarget.value)}
        />
      )}
      <span className={classes.timelineEdge}>{label(overview.extent.from)}</span>
      <Bar overview={overview} view={view} live={live} flows={flows} now={now} foreign={foreign} />
      <span className={classes.timelineEdge} data-live={flows || undefined}>
        {flows ? 'live' : formatTime(view.to)}
      </span>
      <PastMenu view={view} foreign={foreign} onPicture={onPicture} />
    </div>
  );
}

function Bar({
  overview,
  view,
  live,
  flows,
  now,
  foreign,
}: Omit<Props, 'wide' | 'onPicture'> & { flows: boolean }) {
  const bar = useRef<HTMLDivElement>(null);
  const held = useRef<number | null>(null);
  const { extent } = overview;
  const length = extent.to - extent.from;
  const range = view.to - view.from;
  const share = (at: number) => Math.min(1, Math.max(0, (at - extent.from) / length));
  const moveTo = (end: number) => {
    const latest = end >= now - range * 0.01;
    if (latest && !foreign) goLive();
    else scrubTo(Math.round(Math.min(now, Math.max(end, extent.from + range * 0.02))), range);
  };
  const timeUnder = (event: PointerEvent) => {
    const box = bar.current?.getBoundingClientRect();
    return box === undefined ? view.to : extent.from + ((event.clientX - box.left) / box.width) * length;
  };
  const onPointerDown = (event: PointerEvent<HTMLDivElement>) => {
    if (event.button !== 0) return;
    const at = timeUnder(event);
    const inside = at >= view.from && at <= view.to;
    // Taken inside, the stretch keeps its hold on the pointer; beside it, it is put astride the pointer.
    held.current = inside ? view.to - at : range / 2;
    event.currentTarget.setPointerCapture(event.pointerId);
    if (!inside) moveTo(at + range / 2);
  };
  const onPointerMove = (event: PointerEvent<HTMLDivElement>) => {
    if (held.current !== null) moveTo(timeUnder(event) + held.current);
  };
  const letGo = () => {
    held.current = null;
  };
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    const shift = shiftOf(event.key, range);
    if (event.key === 'End') moveTo(now);
    else if (event.key === 'Home') moveTo(extent.from + range);
    else if (shift !== 0) moveTo(view.to + shift);
    else return;
    event.preventDefault();
  };
  return (
    <div
      ref={bar}
      className={classes.bar}
      role="slider"
      tabIndex={0}
      aria-label="Time shown in the charts"
      aria-valuemin={Math.round(extent.from / 1000)}
      aria-valuemax={Math.round(extent.to / 1000)}
      aria-valuenow={Math.round(Math.min(view.to, extent.to) / 1000)}
      aria-valuetext={`${formatDateTime(view.from)} to ${formatDateTime(view.to)}${flows ? ', live' : ''}`}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={letGo}
      onPointerCancel={letGo}
      onKeyDown={onKeyDown}
    >
      <Outline overview={overview} />
      <Marks overview={overview} />
      <div
        className={classes.stretch}
        data-live={live || undefined}
        style={{ left: `${share(view.from) * 100}%`, right: `${(1 - share(view.to)) * 100}%` }}
      />
    </div>
  );
}

function shiftOf(key: string, range: number): number {
  switch (key) {
    case 'ArrowLeft':
      return -range / 10;
    case 'ArrowRight':
      return range / 10;
    case 'PageUp':
      return -range;
    case 'PageDown':
      return range;
    default:
      return 0;
  }
}

const Marks = memo(function Marks({ overview: { extent, sources } }: { overview: Overview }) {
  const length = extent.to - extent.from;
  const percent = (at: number) => `${(Math.max(0, at - extent.from) / length) * 100}%`;
  return marksIn(sources, extent.from, extent.to).map((mark: Mark) => (
    <i
      key={mark.key}
      className={mark.until === null ? classes.mark : classes.markStretch}
      data-severity={mark.severity}
      data-kind={mark.kind}
      title={`${formatDateTime(mark.at)}: ${mark.title}`}
      style={{
        left: percent(mark.at),
        ...(mark.until === null ? {} : { width: `${((mark.until - mark.at) / length) * 100}%` }),
      }}
    />
  ));
});
