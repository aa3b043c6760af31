// The outline of the traffic over the whole timeline, as a small filled shape behind the stretch that is shown.
import { memo } from 'react';
import classes from './panel.module.css';
import type { Overview } from './use-overview.ts';

const WIDTH = 1000;
const HEIGHT = 20;

export const Outline = memo(function Outline({ overview }: { overview: Overview }) {
  return (
    <svg
      className={classes.outline}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <path d={outlinePath(overview)} />
    </svg>
  );
});

/** One closed shape for each unbroken stretch of points. */
export function outlinePath({ extent, outline }: Pick<Overview, 'extent' | 'outline'>): string {
  const most = outline.reduce((max, { value }) => Math.max(max, value ?? 0), 0);
  if (most === 0) return '';
  const x = (at: number) => (((at - extent.from) / (extent.to - extent.from)) * WIDTH).toFixed(1);
  let path = '';
  let open = false;
  let reached = 0;
  for (const { at, stepMs, value } of outline) {
    const broken = value === null || (open && at > reached + stepMs * 1.5);
    if (open && broken) {
      path += `L${x(reached)} ${HEIGHT}Z`;
      open = false;
    }
    if (value === null) continue;
    const y = (HEIGHT - (value / most) * (HEIGHT - 3)).toFixed(1);
    path += open ? `L${x(at)} ${y}` : `M${x(at)} ${HEIGHT}L${x(at)} ${y}`;
    open = true;
    reached = at + stepMs;
  }
  return open ? `${path}L${x(reached)} ${HEIGHT}Z` : path;
}
