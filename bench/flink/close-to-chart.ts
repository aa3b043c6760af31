// From the close of a window to the frame that carries its result to the charts, in a whole LiveDB under 1,000 rows/s. A
// window closes when a row of its end plus the bound of disorder is processed: the way of that row is part of the figure.
import { setTimeout as pause } from 'node:timers/promises';
import { startControlRoom } from '../../test/support/control-room.ts';
import { against, type Figure, figure, quantile } from '../figure.ts';

const BOUND_MS = 500;
const SETTLE_MS = 6_000;
const MEASURED_MS = 12_000;

export async function measureCloseToChart(): Promise<Figure[]> {
  const room = await startControlRoom({ args: ['--run'] });
  try {
    await room.execute('writer.configure', { rowsPerBurst: 10, intervalMs: 10 });
    await room.execute('processor.configure', {
      query: { window: { kind: 'tumbling', sizeMs: 1_000 }, outOfOrdernessMs: BOUND_MS },
    });
    await room.until('rows come', (s) => s.stages.processor.rate > 800, 60_000);
    await pause(SETTLE_MS);
    const late = new Map<string, number>();
    const { stop } = await room.frames((frame, arrivedAt) => {
      for (const { window, revision } of frame.results)
        if (revision === 0 && !late.has(window.end))
          late.set(window.end, arrivedAt - Date.parse(window.end) - BOUND_MS);
    });
    await pause(MEASURED_MS);
    stop();
    const sorted = [...late.values()].sort((a, b) => a - b);
    const note = `${sorted.length} windows, 1,000 rows/s; from the row that closes it, its way included`;
    return [
      figure('window close to chart, p50', quantile(sorted, 0.5), 'ms', note),
      against(figure('window close to chart, largest', sorted.at(-1) ?? null, 'ms'), { atMost: 100 }),
    ];
  } finally {
    await room.close();
  }
}
