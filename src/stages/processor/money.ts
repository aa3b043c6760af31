// Exact money in whole cents: decimal text in, decimal text with two places out. Used by the decoder and the windows.
export { MAX_CENTS, parseCents } from '../../clients/event-json.ts';

/** Cents as decimal text with two places: 51245 → `512.45`. */
export function centsText(cents: number | bigint): string {
  const negative = cents < 0;
  const digits = (negative ? -cents : cents).toString().padStart(3, '0');
  return `${negative ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** Average in cents, rounded half away from zero: half up for money, and what SQL's round(numeric, 2) does. */
export function averageCents(sum: bigint, count: number): bigint {
  const divisor = BigInt(count);
  const negative = sum < 0n;
  const twice = (negative ? -sum : sum) * 2n;
  const rounded = (twice + divisor) / (divisor * 2n);
  return negative ? -rounded : rounded;
}
