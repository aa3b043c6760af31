// What can be done with the moment or the stretch that was picked on a chart, as a menu beside it.
import { Menu } from '@mantine/core';
import {
  IconArrowsHorizontal,
  IconClockPlay,
  IconColumns2,
  IconFileTypeCsv,
  IconListSearch,
  IconPackageExport,
  IconPencil,
  IconReload,
  IconZoomIn,
} from '@tabler/icons-react';
import { download, fileName, toCsv } from '../../charts/export.ts';
import type { ModelSeries, TimeModel } from '../../charts/model.ts';
import { formatDuration, formatTime } from '../../components/format.ts';
import { openOverlay } from '../../store/index.ts';
import { openReplay } from '../replay/open-replay.ts';
import classes from './panel.module.css';
import { type Selection, unselect } from './selection.ts';
import { look, scrubTo } from './time-view.ts';

interface Props {
  model: TimeModel;
  shown: readonly ModelSeries[];
  picked: Selection;
  rangeMs: number;
  /** The past of another run is looked at: its rows and events are not here. */
  foreign: boolean;
  onClose: () => void;
}

const OUTSIDE = ['mousedown', 'touchstart'];

export function PickMenu({ model, shown, picked, rangeMs, foreign, onClose }: Props) {
  const { from, to, x, y } = picked;
  return (
    <Menu
      opened
      onClose={() => {
        unselect();
        onClose();
      }}
      position="right-start"
      offset={6}
      withinPortal
      trapFocus
      // Not keydown: the Enter that opened it would count as pressed outside.
      clickOutsideEvents={OUTSIDE}
    >
      <Menu.Target>
        <i className={classes.picked} style={{ left: x, top: y }} />
      </Menu.Target>
      <Menu.Dropdown aria-label={to === null ? 'This moment' : 'This stretch'}>
        <Menu.Label>
          {to === null
            ? formatTime(from)
            : `${formatTime(from)} – ${formatTime(to)} · ${formatDuration(to - from)}`}
        </Menu.Label>
        {to === null ? (
          <MomentItems model={model} at={from} rangeMs={rangeMs} foreign={foreign} />
        ) : (
          <StretchItems model={model} shown={shown} from={from} to={to} foreign={foreign} />
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

function MomentItems({
  model,
  at,
  rangeMs,
  foreign,
}: {
  model: TimeModel;
  at: number;
  rangeMs: number;
  foreign: boolean;
}) {
  const time = Math.round(at);
  const window = { from: Math.floor(at / model.stepMs) * model.stepMs, to: 0 };
  window.to = window.from + model.stepMs;
  return (
    <>
      <Menu.Item leftSection={<IconClockPlay size={15} />} onClick={() => scrubTo(time, rangeMs)}>
        Show the room as it was
      </Menu.Item>
      {!foreign && model.results === true && (
        <Menu.Item
          leftSection={<IconListSearch size={15} />}
          onClick={() => openOverlay({ kind: 'xray', window })}
        >
          X-ray a row of this window…
        </Menu.Item>
      )}
      {!foreign && (
        <Menu.Item
          leftSection={<IconPencil size={15} />}
          onClick={() => openOverlay({ kind: 'annotate', at: time, until: null })}
        >
          Annotate…
        </Menu.Item>
      )}
    </>
  );
}

function StretchItems({
  model,
  shown,
  from,
  to,
  foreign,
}: {
  model: TimeModel;
  shown: readonly ModelSeries[];
  from: number;
  to: number;
  foreign: boolean;
}) {
  const stretch = { from: Math.round(from), to: Math.round(to) };
  const saveCsv = () =>
    download(
      fileName(model.id, stretch.to, 'csv'),
      new Blob([toCsv(model, shown, stretch)], { type: 'text/csv;charset=utf-8' }),
    );
  return (
    <>
      <Menu.Item leftSection={<IconZoomIn size={15} />} onClick={() => look(stretch)}>
        Look closer
      </Menu.Item>
      {!foreign && (
        <Menu.Item leftSection={<IconReload size={15} />} onClick={() => openReplay(stretch)}>
          Replay this…
        </Menu.Item>
      )}
      <Menu.Item
        leftSection={<IconColumns2 size={15} />}
        onClick={() => openOverlay({ kind: 'compare', a: stretch })}
      >
        Compare…
      </Menu.Item>
      {!foreign && (
        <Menu.Item
          leftSection={<IconArrowsHorizontal size={15} />}
          onClick={() => openOverlay({ kind: 'annotate', at: stretch.from, until: stretch.to })}
        >
          Annotate…
        </Menu.Item>
      )}
      <Menu.Item leftSection={<IconFileTypeCsv size={15} />} onClick={saveCsv}>
        Export this chart as CSV
      </Menu.Item>
      {!foreign && (
        <Menu.Item
          leftSection={<IconPackageExport size={15} />}
          onClick={() => openOverlay({ kind: 'bundles', stretch })}
        >
          Export everything as a bundle…
        </Menu.Item>
      )}
    </>
  );
}
