// A chart on the common time axis: its canvas, the crosshair over it, the figures at the crosshair, and a drag that
// looks closer. The crosshair is an element of its own, so that moving it costs no redraw of any canvas.
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

interface Props {
  model: TimeModel;
  shown: readonly ModelSeries[];
  marks: readonly Mark[];
  view: View;
  /** Says in words what the canvas shows. */
  label: string;
  onZoom: (view: View) => void;
  handle?: RefObject<CanvasHandle | null>;
}

export function TimePlot({ model, shown, marks, view, label, onZoom, handle }: Props) {
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
  const onPointerUp = () => {
    if (drag === null) return;
    setDrag(null);
    const [left, right] = [Math.min(drag.start, drag.end), Math.max(drag.start, drag.end)];
    if (right - left >= DRAG_FROM) onZoom({ from: timeAt(left), to: timeAt(right) });
  };
  const moved = useRef<number | null>(null);
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    if (event.key === 'Escape') {
      moved.current = null;
      pointNowhere();
      return;
    }
    const direction = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : 0;
    if (direction === 0) return;
    event.preventDefault();
    const pixel = (view.to - view.from) / plotWidth;
    const step = Math.max(model.stepMs, pixel) * (event.shiftKey ? 10 : 1);
    const from = moved.current ?? view.to - model.stepMs;
    moved.current = Math.min(view.to, Math.max(view.from, from + direction * step));
    pointAt(model.id, moved.current);
  };

  return (
    <div
      className={classes.plot}
      role="img"
      aria-label={label}
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
        <div
          className={classes.selection}
          style={{
            left: Math.min(drag.start, drag.end),
            width: Math.abs(drag.end - drag.start),
            top: PLOT.top,
            bottom: PLOT.bottom,
          }}
        />
      )}
      <CrosshairLine view={view} plotWidth={plotWidth} />
      <CrosshairFigures model={model} shown={shown} marks={marks} view={view} plotWidth={plotWidth} />
    </div>
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
