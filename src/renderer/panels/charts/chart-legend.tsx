// Names and colours of a chart's series. A click hides or shows one, Shift and click shows it alone; those that do not
// fit on the line are behind "+n".
import { Popover, UnstyledButton } from '@mantine/core';
import { type MouseEvent, useEffect, useRef, useState } from 'react';
import { type ChartModel, isTimeModel, type ModelSeries } from '../../charts/model.ts';
import { slotVariable } from '../../charts/tokens.ts';
import classes from './panel.module.css';

/** Estimate of a legend entry's width, px: 11 px letters, the swatch, the gap. */
const LETTER = 6.1;
const AROUND = 30;
const MORE = 34;

interface Props {
  model: ChartModel;
  hidden: ReadonlySet<string>;
  onHide: (hidden: ReadonlySet<string>) => void;
}

export function ChartLegend({ model, hidden, onHide }: Props) {
  const line = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(300);
  useEffect(() => {
    const element = line.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  const series = isTimeModel(model) ? model.series : [];
  const fits = fitting(series, width);
  const press = (key: string) => (event: MouseEvent) => {
    onHide(event.shiftKey ? alone(series, hidden, key) : toggled(hidden, key));
  };
  const entry = (item: ModelSeries) => (
    <UnstyledButton
      key={item.key}
      className={classes.legendEntry}
      aria-pressed={!hidden.has(item.key)}
      aria-label={`${model.title}: ${item.name}`}
      title={`${item.name}: click to hide or show, Shift and click for it alone`}
      onClick={press(item.key)}
    >
      <i style={{ background: slotVariable(item.slot) }} data-dashed={item.dashed === true || undefined} />
      <span>{item.name}</span>
    </UnstyledButton>
  );

  return (
    <div ref={line} className={classes.legend}>
      {!isTimeModel(model) && <span className={classes.caption}>{model.caption}</span>}
      {series.slice(0, fits).map(entry)}
      {fits < series.length && (
        <Popover position="top-end" withinPortal>
          <Popover.Target>
            <UnstyledButton
              className={classes.legendMore}
              aria-label={`${model.title}: ${series.length - fits} more series`}
            >
              +{series.length - fits}
            </UnstyledButton>
          </Popover.Target>
          <Popover.Dropdown className={classes.legendRest}>{series.slice(fits).map(entry)}</Popover.Dropdown>
        </Popover>
      )}
    </div>
  );
}

function fitting(series: readonly ModelSeries[], width: number): number {
  let used = 0;
  for (let index = 0; index < series.length; index += 1) {
    used += AROUND + (series[index]?.name.length ?? 0) * LETTER;
    const reserve = index < series.length - 1 ? MORE : 0;
    if (used + reserve > width) return Math.max(1, index);
  }
  return series.length;
}

function toggled(hidden: ReadonlySet<string>, key: string): ReadonlySet<string> {
  const next = new Set(hidden);
  if (!next.delete(key)) next.add(key);
  return next;
}

/** Only this one; when it is already alone, all again. */
function alone(
  series: readonly ModelSeries[],
  hidden: ReadonlySet<string>,
  key: string,
): ReadonlySet<string> {
  const others = series.filter((item) => item.key !== key).map((item) => item.key);
  const isAlone = !hidden.has(key) && others.every((other) => hidden.has(other));
  return new Set(isAlone ? [] : others);
}
