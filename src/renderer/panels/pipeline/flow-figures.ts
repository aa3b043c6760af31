// How a flow writes its figures, and how fast its line moves. Pure.
import { formatCount } from '../../components/format.ts';

/** At most five characters: there are only 40 px. */
export function formatFlow(value: number): string {
  if (value < 10) return Number.isInteger(value) ? String(value) : value.toFixed(value < 1 ? 2 : 1);
  if (value < 999.5) return formatCount(value);
  if (value < 999_500) return `${(value / 1_000).toFixed(value < 9_950 ? 1 : 0)}k`;
  return `${(value / 1e6).toFixed(value < 9.95e6 ? 1 : 0)}M`;
}

/** How fast the dashes move, px/s: grows with the logarithm of the rate, so that 2 rows a minute and 50,000 a second
 * can both be seen to move. */
export function streamSpeed(perSecond: number): number {
  return perSecond <= 0 ? 0 : 4 + 14 * Math.log10(1 + perSecond);
}
