// One chart with its title, its figure, its legend and its menu. Which lines are hidden is the card's own affair.
import { ActionIcon, Menu, Tooltip } from '@mantine/core';
import {
  IconArrowsDiagonal,
  IconArrowsDiagonalMinimize2,
  IconDots,
  IconFileTypeCsv,
  IconPhoto,
} from '@tabler/icons-react';
import { memo, useMemo, useRef, useState } from 'react';
import type { CanvasHandle } from '../../charts/canvas.tsx';
import { CategoryPlot } from '../../charts/category-plot.tsx';
import { download, fileName, toCsv, toPicture } from '../../charts/export.ts';
import type { Mark } from '../../charts/marks.ts';
import { type ChartModel, isEmpty, isTimeModel } from '../../charts/model.ts';
import type { View } from '../../charts/plot-option.ts';
import { TimePlot } from '../../charts/time-plot.tsx';
import { readTokens } from '../../charts/tokens.ts';
import { ChartLegend } from './chart-legend.tsx';
import { Headline } from './headline.tsx';
import classes from './panel.module.css';
import { PickMenu } from './pick-menu.tsx';
import { select, useSelection } from './selection.ts';

/** Nothing crosses the text that stands in an empty chart. */
const NO_MARKS: readonly Mark[] = [];

interface Props {
  model: ChartModel;
  marks: readonly Mark[];
  view: View;
  enlarged: boolean;
  onEnlarge: (chart: string | null) => void;
  /** The past of another run is shown. */
  foreign: boolean;
}

export const ChartCard = memo(function ChartCard({
  model,
  marks,
  view,
  enlarged,
  onEnlarge,
  foreign,
}: Props) {
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const canvas = useRef<CanvasHandle | null>(null);
  const shown = useMemo(
    () => (isTimeModel(model) ? model.series.filter((series) => !hidden.has(series.key)) : []),
    [model, hidden],
  );
  const empty = isEmpty(model);
  const picked = useSelection((one) => one);
  const body = useRef<HTMLDivElement>(null);

  const saveCsv = () =>
    download(
      fileName(model.id, view.to, 'csv'),
      new Blob([toCsv(model, shown, view)], { type: 'text/csv;charset=utf-8' }),
    );
  const savePicture = () => {
    const plot = canvas.current?.picture();
    if (plot === null || plot === undefined) return;
    const picture = toPicture(model, shown, view, plot, readTokens(document.documentElement));
    picture.toBlob(
      (blob) => blob !== null && download(fileName(model.id, view.to, 'png'), blob),
      'image/png',
    );
  };

  return (
    <article className={classes.card} aria-label={model.title}>
      <div className={classes.cardHead}>
        <Tooltip label={model.help}>
          <h3>{model.title}</h3>
        </Tooltip>
        <span className={classes.subtitle}>
          <span>{model.subtitle}</span>
        </span>
        <Headline model={model} shown={shown} />
        <Menu position="bottom-end" withinPortal>
          <Menu.Target>
            <ActionIcon
              variant="subtle"
              color="gray"
              size={22}
              aria-label={`${model.title}: export and size`}
            >
              <IconDots size={15} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item
              leftSection={
                enlarged ? <IconArrowsDiagonalMinimize2 size={15} /> : <IconArrowsDiagonal size={15} />
              }
              onClick={() => onEnlarge(enlarged ? null : model.id)}
            >
              {enlarged ? 'Back to all charts' : 'Enlarge'}
            </Menu.Item>
            <Menu.Item leftSection={<IconPhoto size={15} />} disabled={empty} onClick={savePicture}>
              Export PNG
            </Menu.Item>
            <Menu.Item leftSection={<IconFileTypeCsv size={15} />} disabled={empty} onClick={saveCsv}>
              Export CSV
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </div>
      <div className={classes.cardBody} ref={body}>
        {isTimeModel(model) ? (
          <TimePlot
            model={model}
            shown={shown}
            marks={empty ? NO_MARKS : marks}
            view={view}
            label={`${model.title}, ${model.subtitle}: ${model.series.map((series) => series.name).join(', ')}`}
            onPick={(pick) => select({ ...pick, chart: model.id })}
            picked={picked}
            handle={canvas}
          />
        ) : (
          <CategoryPlot model={model} handle={canvas} />
        )}
        {/* Beside the plot, not in it: what is pressed in the menu is not pressed on the plot. */}
        {isTimeModel(model) && picked?.chart === model.id && (
          <PickMenu
            model={model}
            shown={shown}
            picked={picked}
            rangeMs={view.to - view.from}
            foreign={foreign}
            onClose={() => body.current?.querySelector<HTMLElement>('[role=img]')?.focus()}
          />
        )}
        {empty && <p className={classes.empty}>{model.empty}</p>}
      </div>
      <ChartLegend model={model} hidden={hidden} onHide={setHidden} />
    </article>
  );
});
