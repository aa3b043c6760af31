// The writer's rate on a slider: a logarithmic scale from 2 rows a minute to 50,000 rows/s, and flat out at its end.
// Pure: positions of the thumb, rates in rows/s, and the burst and interval that give a rate.
import { targetRate, type WriterSettings } from '../../../shared/settings.ts';

/** Positions 0 … FLAT_OUT; the last one is flat out. */
export const FLAT_OUT = 640;
const LAST_RATE = 590;
const SLOWEST = 2 / 60;
export const FASTEST = 50_000;
const DECADES = Math.log10(FASTEST / SLOWEST);

export const RATE_MARKS = [
  { rate: SLOWEST, label: '2/min' },
  { rate: 1, label: '1' },
  { rate: 10, label: '10' },
  { rate: 100, label: '100' },
  { rate: 1_000, label: '1k' },
  { rate: 10_000, label: '10k' },
] as const;

/** null is flat out, as in the settings. */
export function positionOf(rate: number | null): number {
  if (rate === null) return FLAT_OUT;
  const clamped = Math.min(FASTEST, Math.max(SLOWEST, rate));
  return Math.round((Math.log10(clamped / SLOWEST) / DECADES) * LAST_RATE);
}

/** Rate at a position, to two significant figures, so that the slider stops at round rates. */
export function rateAt(position: number): number | null {
  if (position > LAST_RATE) return null;
  const exact = SLOWEST * 10 ** ((position / LAST_RATE) * DECADES);
  if (exact < 0.05) return SLOWEST;
  return Number(exact.toPrecision(2));
}

type Pace = Pick<WriterSettings, 'rowsPerBurst' | 'intervalMs'>;
/** Bursts come about this often where the rate allows it, ms. */
const USUAL_INTERVAL_MS = 100;
const FLAT_OUT_BURST = 5_000;

/** Burst and interval for a rate in rows/s: ten bursts a second, below ten rows/s one row at a time. */
export function paceFor(rate: number | null): Pace {
  if (rate === null) return { rowsPerBurst: FLAT_OUT_BURST, intervalMs: 0 };
  const rowsPerBurst = Math.max(1, Math.round((rate * USUAL_INTERVAL_MS) / 1_000));
  const intervalMs = Math.min(3_600_000, Math.max(1, Math.round((rowsPerBurst * 1_000) / rate)));
  return { rowsPerBurst, intervalMs };
}

/** "5,000 rows/s", "2 rows/min", "flat out". */
export function describePace(pace: Pace): string {
  const rate = targetRate(pace);
  if (rate === null) return 'flat out';
  if (rate < 1) return `${trim(rate * 60)} rows/min`;
  return `${trim(rate)} rows/s`;
}

function trim(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: value < 100 ? 1 : 0 });
}
