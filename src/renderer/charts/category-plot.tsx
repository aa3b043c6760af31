// A chart that is not on the time axis: a ranking or a distribution, with the figure of the bar that is pointed at.
import { type PointerEvent, type RefObject, useCallback, useState } from 'react';
import { type CanvasHandle, ChartCanvas } from './canvas.tsx';
import classes from './charts.module.css';
import type { CategoryModel } from './model.ts';
import { categoryOption, type Look, PLOT, RANKING_LEFT } from './plot-option.ts';
import { slotVariable } from './tokens.ts';
import { exactLabel } from './units.ts';

interface Pointed {
  index: number;
  x: number;
  y: number;
  rightHalf: boolean;
}

export function CategoryPlot({
  model,
  handle,
}: {
  model: CategoryModel;
  handle?: RefObject<CanvasHandle | null>;
}) {
  const [pointed, setPointed] = useState<Pointed | null>(null);
  const build = useCallback((look: Look) => categoryOption(model, look), [model]);
  const ranking = model.kind === 'ranking';

  const onPointerMove = (event: PointerEvent<HTMLDivElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const x = event.clientX - box.left;
    const y = event.clientY - box.top;
    const left = ranking ? RANKING_LEFT : PLOT.left;
    const share = ranking
      ? (y - PLOT.top) / (box.height - PLOT.top - PLOT.bottom)
      : (x - left) / (box.width - left - PLOT.right);
    const index = Math.floor(share * model.bars.length);
    const inside = index >= 0 && index < model.bars.length;
    setPointed(inside ? { index, x, y, rightHalf: x > box.width / 2 } : null);
  };
  const bar = pointed === null ? undefined : model.bars[pointed.index];

  return (
    <div
      className={classes.plot}
      role="img"
      aria-label={`${model.title}, ${model.subtitle}: ${described(model)}`}
      onPointerMove={onPointerMove}
      onPointerLeave={() => setPointed(null)}
    >
      <ChartCanvas build={build} {...(handle === undefined ? {} : { handle })} />
      {pointed !== null && bar !== undefined && (
        <div
          className={classes.figures}
          style={{
            top: Math.max(4, pointed.y - 40),
            ...(pointed.rightHalf ? { right: `calc(100% - ${pointed.x - 10}px)` } : { left: pointed.x + 10 }),
          }}
        >
          <div className={classes.figure}>
            <i style={{ background: slotVariable(bar.slot) }} />
            <span>{bar.name}</span>
            <b>{exactLabel(model.unit, bar.value)}</b>
          </div>
        </div>
      )}
    </div>
  );
}

/** The ranking in words; of a distribution only its fullest range. */
function described(model: CategoryModel): string {
  if (model.bars.length === 0) return 'nothing yet';
  const named = (bar: CategoryModel['bars'][number]) => `${bar.name} ${exactLabel(model.unit, bar.value)}`;
  if (model.kind === 'ranking') return model.bars.map(named).join(', ');
  const fullest = model.bars.reduce((most, bar) => (bar.value > most.value ? bar : most));
  return `most in ${named(fullest)}`;
}
