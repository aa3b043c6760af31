// The last checkpoints and savepoints side by side: size upwards, duration downwards. Pointed at, or walked through with
// the arrow keys, each tells its figures.
import { type KeyboardEvent, type PointerEvent, useState } from 'react';
import type { CheckpointMark } from '../../../shared/states.ts';
import { formatBytes, formatDuration, formatTime } from '../../components/format.ts';
import { stripBars, wordsOfMark, wordsOfStrip } from './checkpoint-bars.ts';
import classes from './states.module.css';

interface Props {
  marks: readonly CheckpointMark[];
  /** In a side panel: without the scale. */
  narrow?: boolean;
}

export function CheckpointStrip({ marks, narrow = false }: Props) {
  const [at, setAt] = useState<number | null>(null);
  const { bars, largest, longest } = stripBars(marks);
  const shown = marks[at ?? marks.length - 1];
  const first = marks[0];
  const last = marks[marks.length - 1];
  if (first === undefined || last === undefined || shown === undefined) {
    return <p className={classes.says}>No checkpoint yet: the first one comes a moment after the start.</p>;
  }
  const onPointerMove = (event: PointerEvent<HTMLDivElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const index = Math.floor(((event.clientX - box.left) / box.width) * marks.length);
    setAt(Math.max(0, Math.min(marks.length - 1, index)));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const by = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : 0;
    if (by === 0) return;
    event.preventDefault();
    setAt(Math.max(0, Math.min(marks.length - 1, (at ?? marks.length - 1) + by)));
  };
  return (
    <div className={classes.strip} data-narrow={narrow || undefined}>
      {!narrow && (
        <div className={classes.stripScale}>
          <span>{formatBytes(largest)}</span>
          <span>{formatDuration(longest)}</span>
        </div>
      )}
      <div
        className={classes.stripPlot}
        role="slider"
        aria-label="Checkpoints"
        aria-valuemin={1}
        aria-valuemax={marks.length}
        aria-valuenow={(at ?? marks.length - 1) + 1}
        aria-valuetext={wordsOfMark(shown)}
        aria-description={wordsOfStrip(marks)}
        tabIndex={0}
        onPointerMove={onPointerMove}
        onPointerLeave={() => setAt(null)}
        onBlur={() => setAt(null)}
        onKeyDown={onKeyDown}
      >
        <svg viewBox={`0 0 ${marks.length} 100`} preserveAspectRatio="none" aria-hidden="true">
          {bars.map(({ key, x, up, down, tone }) => (
            <g key={key} data-tone={tone} data-shown={x === (at ?? -1) || undefined}>
              <rect x={x + 0.12} width={0.76} y={60 - up} height={up} />
              <rect x={x + 0.12} width={0.76} y={62} height={down} opacity={0.55} />
            </g>
          ))}
        </svg>
      </div>
      <div className={classes.stripEdges}>
        {!narrow && <span>{formatTime(first.at)}</span>}
        <span className={classes.stripFigures}>{wordsOfMark(shown)}</span>
        {!narrow && <span>{formatTime(last.at)}</span>}
      </div>
    </div>
  );
}
