// One ECharts canvas: opened and disposed of with its element, resized with it, redrawn when its option changes.
import { type RefObject, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import classes from './charts.module.css';
import { drawTurns } from './draw-turns.ts';
import { type ChartOption, type ECharts, openChart } from './echarts.ts';
import { EXPORT_SCALE } from './export.ts';
import type { Look } from './plot-option.ts';
import { useTokens } from './use-tokens.ts';

export interface CanvasHandle {
  /** The plot as it stands, on a transparent ground. */
  picture(): HTMLCanvasElement | null;
}

interface Props {
  /** Must keep its identity as long as nothing changes. */
  build: (look: Look) => ChartOption;
  onWidth?: (width: number) => void;
  handle?: RefObject<CanvasHandle | null>;
}

export function ChartCanvas({ build, onWidth, handle }: Props) {
  const element = useRef<HTMLDivElement>(null);
  const chart = useRef<ECharts | null>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  /** The shape of the option that the canvas shows; empty before the first. */
  const drawn = useRef('');
  const tokens = useTokens();

  useLayoutEffect(() => {
    const host = element.current;
    if (host === null) return;
    const opened = openChart(host);
    chart.current = opened;
    drawn.current = '';
    if (handle !== undefined) {
      handle.current = { picture: () => opened.renderToCanvas({ pixelRatio: EXPORT_SCALE }) };
    }
    const observer = new ResizeObserver(() => {
      const { clientWidth: width, clientHeight: height } = host;
      if (width === 0 || height === 0) return;
      opened.resize({ width, height });
      setSize((known) => (known.width === width && known.height === height ? known : { width, height }));
      onWidth?.(width);
    });
    observer.observe(host);
    return () => {
      observer.disconnect();
      drawTurns.forget(host);
      opened.dispose();
      chart.current = null;
      if (handle !== undefined) handle.current = null;
    };
  }, [handle, onWidth]);

  const option = useMemo(
    () => (size.width === 0 ? null : build({ tokens, width: size.width, height: size.height })),
    [build, tokens, size],
  );

  useEffect(() => {
    const host = element.current;
    if (option === null || host === null) return;
    drawTurns.ask(host, () => {
      const shape = shapeOf(option);
      // Other series than before: not merged, so that nothing of older ones stays. The same ones with newer data are
      // merged, which keeps the axes and marks that stand and costs half as much.
      chart.current?.setOption(option, { notMerge: shape !== drawn.current, silent: true });
      drawn.current = shape;
    });
  }, [option]);

  return <div ref={element} className={classes.canvas} aria-hidden="true" />;
}

/** What must be the same for an option to be merged into the one before: the series, their kinds, what bounds the axis. */
function shapeOf({ series, yAxis }: ChartOption): string {
  const list = Array.isArray(series) ? series : series === undefined ? [] : [series];
  const bounded = yAxis !== undefined && 'interval' in yAxis;
  return [...list.map((one) => `${one.type} ${one.id} ${'areaStyle' in one}`), bounded].join('|');
}
