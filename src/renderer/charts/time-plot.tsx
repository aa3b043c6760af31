// A chart on the common time axis: its canvas, the crosshair over it, the figures at the crosshair, and the picking of a
// moment (click, Enter) or a stretch (drag, Shift and the arrow keys). The crosshair is an element of its own, so that
// moving it costs no redraw of any canvas.
import { type KeyboardEvent, type PointerEvent, type RefObject, useCallback, useRef, useState } from 'react';
import { type CanvasHandle, ChartCanvas } from './canvas.tsx';
import classes from './charts.module.css';
import { pointAt, pointNowhere, useCrosshair } from './crosshair.ts';
import { CrosshairFigures } from './crosshair-figures.tsx';
import type { Mark } from './marks.ts';
import type { ModelSeries, TimeModel } from './model.ts';
import { type Look, PLOT, timeOption, type View } from './plot-option.ts';

/** A drag shorter than this is a click, px. */
const DRAG_FROM = 6;

/** A moment or a stretch of time that was picked, and where the pointer was, px. */
export interface PlotPick {
  /** Epoch ms. */
  from: number;
  /** Epoch ms; null: a moment. */
  to: number | null;
  x: number;
  y: number;
}

type Picked = Pick<PlotPick, 'from' | 'to'>;

interface Props {
  model: TimeModel;
  shown: readonly ModelSeries[];
  marks: readonly Mark[];
  view: View;
  /** Says in words what the canvas shows. */
  label: string;
  /** A moment or a stretch was picked. */
  onPick?: (pick: PlotPick) => void;
  /** Without `onPick`: a drag looks closer at once. */
  onZoom?: (view: View) => void;
  /** What was picked, on this or another chart. */
  picked?: Picked | null;
  handle?: RefObject<CanvasHandle | null>;
}

export function TimePlot({ model, shown, marks, view, label, onPick, onZoom, picked = null, handle }: Props) {
  const [width, setWidth] = useState(0);
  const [drag, setDrag] = useState<{ start: number; end: number } | null>(null);
  const build = useCallback(
    (look: Look) => timeOption(model, shown, marks, view, look),
    [model, shown, marks, view],
  );
  const plotWidth = Math.max(1, width - PLOT.left - PLOT.right);
  const timeAt = (x: number) => view.from + ((x - PLOT.left) / plotWidth) * (view.to - view.from);

  const onPointerMove = (event: PointerEvent<HTMLDivElement>) => {
    const x = event.clientX - event.currentTarget.getBoundingClientRect().left;
    if (x < PLOT.left || x > width - PLOT.right) {
      if (drag === null) pointNowhere();
      return;
    }
    pointAt(model.id, timeAt(x));
    if (drag !== null) setDrag({ start: drag.start, end: x });
  };
  const onPointerDown = (event: PointerEvent<HTMLDivElement>) => {
    if (event.button !== 0) return;
    const x = event.clientX - event.currentTarget.getBoundingClientRect().left;
    if (x < PLOT.left || x > width - PLOT.right) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    setDrag({ start: x, end: x });
  };
  const onPointerUp = (event: PointerEvent<HTMLDivElement>) => {
    if (drag === null) return;
    setDrag(null);
    const y = event.clientY - event.currentTarget.getBoundingClientRect().top;
    const [left, right] = [Math.min(drag.start, drag.end), Math.max(drag.start, drag.end)];
    if (right - left < DRAG_FROM) onPick?.({ from: timeAt(left), to: null, x: left, y });
    else if (onPick === undefined) onZoom?.({ from: timeAt(left), to: timeAt(right) });
    else onPick({ from: timeAt(left), to: timeAt(right), x: right, y });
  };
  const xOf = (at: number) => PLOT.left + ((at - view.from) / (view.to - view.from)) * plotWidth;
  const moved = useRef<number | null>(null);
  /** The other end of a stretch that is being picked by keyboard. */
  const [anchor, setAnchor] = useState<number | null>(null);
  const pickByKey = (event: KeyboardEvent<HTMLDivElement>) => {
    const at = moved.current;
    if (at === null || onPick === undefined) return;
    event.preventDefault();
    const y = event.currentTarget.clientHeight / 2;
    setAnchor(null);
    if (anchor === null || anchor === at) onPick({ from: at, to: null, x: xOf(at), y });
    else onPick({ from: Math.min(at, anchor), to: Math.max(at, anchor), x: xOf(Math.max(at, anchor)), y });
  };
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    if (event.key === 'Escape') {
      moved.current = null;
      setAnchor(null);
      pointNowhere();
      return;
    }
    if (event.key === 'Enter') {
      pickByKey(event);
      return;
    }
    const direction = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : 0;
    if (direction === 0) return;
    event.preventDefault();
    const pixel = (view.to - view.from) / plotWidth;
    const step = Math.max(model.stepMs, pixel) * (event.ctrlKey || event.metaKey ? 10 : 1);
    const from = moved.current ?? view.to - model.stepMs;
    if (event.shiftKey) setAnchor(anchor ?? from);
    else setAnchor(null);
    moved.current = Math.min(view.to, Math.max(view.from, from + direction * step));
    pointAt(model.id, moved.current);
  };

  return (
    <div
      className={classes.plot}
      role="img"
      aria-label={label}
      aria-keyshortcuts="ArrowLeft ArrowRight Shift+ArrowLeft Shift+ArrowRight Enter"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys move the crosshair
      tabIndex={0}
      onPointerMove={onPointerMove}
      onPointerDown={onPointerDown}
      onPointerUp={onPointerUp}
      onPointerCancel={() => setDrag(null)}
      onPointerLeave={() => drag === null && pointNowhere()}
      onBlur={() => {
        moved.current = null;
        pointNowhere();
      }}
      onKeyDown={onKeyDown}
    >
      <ChartCanvas build={build} onWidth={setWidth} {...(handle === undefined ? {} : { handle })} />
      {drag !== null && Math.abs(drag.end - drag.start) >= DRAG_FROM && (
        <Stretch from={timeAt(drag.start)} to={timeAt(drag.end)} xOf={xOf} />
      )}
      {anchor !== null && <Stretch from={anchor} to={moved.current} xOf={xOf} />}
      {picked !== null && <Stretch from={picked.from} to={picked.to} xOf={xOf} />}
      <CrosshairLine view={view} plotWidth={plotWidth} />
      <CrosshairFigures model={model} shown={shown} marks={marks} view={view} plotWidth={plotWidth} />
    </div>
  );
}

/** What is being picked, or was; a moment is a line. */
function Stretch({ from, to, xOf }: { from: number; to: number | null; xOf: (at: number) => number }) {
  const left = Math.max(PLOT.left, xOf(Math.min(from, to ?? from)));
  const right = xOf(Math.max(from, to ?? from));
  if (right < left) return null;
  return (
    <div
      className={classes.selection}
      style={{ left, width: right - left, top: PLOT.top, bottom: PLOT.bottom }}
    />
  );
}

function CrosshairLine({ view, plotWidth }: { view: View; plotWidth: number }) {
  const at = useCrosshair((state) => state.at);
  if (at === null || at < view.from || at > view.to) return null;
  const x = Math.round(PLOT.left + ((at - view.from) / (view.to - view.from)) * plotWidth);
  return (
    <div
      className={classes.crosshair}
      style={{ transform: `translateX(${x}px)`, top: PLOT.top, bottom: PLOT.bottom }}
    />
  );
}
