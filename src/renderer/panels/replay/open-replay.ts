// Opens the replay wizard with a stretch of time filled in: what a selection on a chart calls ("Replay this…").
import { openOverlay } from '../../store/index.ts';

/** `from` and `to` in epoch ms; the wizard then asks for the events between the two. */
export function openReplay({ from, to }: { from: number; to: number }): void {
  const [start, end] = [Math.min(from, to), Math.max(from, to)];
  openOverlay({ kind: 'replay', stage: 'processor', between: { from: start, to: end } });
}
