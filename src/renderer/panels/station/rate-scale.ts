// The writer's rate on a slider: a logarithmic scale from 2 rows a minute to 50,000 rows/s, and flat out at its end.
// Pure: positions of the thumb, rates in rows/s, and the burst and interval that give a rate.
import { targetRate, type WriterSettings } from '../../../shared/settings.ts';

const SLOWEST = 2 / 60;
export const FASTEST = 50_000;

/** Round rates, 35 to each power of ten and nearly evenly apart on a logarithmic scale; one for each stop of the thumb. */
const RATES: readonly number[] = [SLOWEST, ...roundRates()];

function roundRates(): number[] {
  const rates: number[] = [];
  for (let power = -2; power <= 4; power += 1) {
    for (let tenths = 10; tenths < 100; tenths += tenths < 20 ? 1 : tenths < 50 ? 2 : 5) {
      const rate = Number(`${tenths / 10}e${power}`);
      if (rate > SLOWEST * 1.05 && rate <= FASTEST) rates.push(rate);
    }
  }
  return rates;
}

/** Stops from the fastest rate to flat out: wide enough that it is not reached by accident. */
const LAST_RATE = RATES.length - 1;
/** Positions 0 … FLAT_OUT; the last one is flat out. */
export const FLAT_OUT = LAST_RATE + 18;

export const RATE_MARKS = [
  { rate: SLOWEST, label: '2/min' },
  { rate: 1, label: '1' },
  { rate: 10, label: '10' },
  { rate: 100, label: '100' },
  { rate: 1_000, label: '1k' },
  { rate: 10_000, label: '10k' },
] as const;

/** The stop nearest to a rate; null is flat out, as in the settings. */
export function positionOf(rate: number | null): number {
  if (rate === null) return FLAT_OUT;
  const above = RATES.findIndex((stop) => stop >= rate);
  if (above < 0) return LAST_RATE;
  const [low, high] = [RATES[above - 1], RATES[above]];
  if (low === undefined || high === undefined) return above;
  return rate / low < high / rate ? above - 1 : above;
}

/** The rate of a stop; null is flat out, to which the room after the fastest rate belongs. */
export function rateAt(position: number): number | null {
  return RATES[Math.round(position)] ?? null;
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
