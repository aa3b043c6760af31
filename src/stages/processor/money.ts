// Exact money in whole cents: decimal text in, decimal text with two places out. Used by the decoder and the windows.

/** Largest amount of one event, cents (about 45 trillion in units): a sum limb and one amount stay below 2^53. */
export const MAX_CENTS = 2 ** 52 - 1;

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/;

/**
 * Cents of a decimal text (`512.45`, `-3`, `1.5e2`); null when it is no number, has a part below a cent, or is out of
 * range. Zeros behind the second place are taken: they say the same amount.
 */
export function parseCents(text: string): number | null {
  const match = DECIMAL.exec(text);
  if (match === null || text.length > 400) return null;
  const whole = match[2] ?? '';
  const fraction = match[3] ?? '';
  const digits = whole + fraction;
  if (digits === '') return null;
  // The amount is `digits` x 10^shift cents.
  const shift = Number(match[4] ?? 0) - fraction.length + 2;
  let significant = digits.replace(/^0+/, '');
  if (significant === '') return 0;
  if (shift < 0) {
    const cut = significant.length + shift;
    if (!/^0*$/.test(cut < 0 ? significant : significant.slice(cut))) return null;
    significant = significant.slice(0, cut);
  } else {
    if (significant.length + shift > 20) return null;
    significant += '0'.repeat(shift);
  }
  if (significant.length > 16) return null;
  const cents = Number(significant);
  if (cents > MAX_CENTS) return null;
  return match[1] === '-' && cents !== 0 ? -cents : cents;
}

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
