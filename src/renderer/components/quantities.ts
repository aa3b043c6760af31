// Reads what people type into number fields: plain counts and durations with their units. Pure.

/** "5,000" or "5 000" or "5k" → 5000; null when it is not a whole number. */
export function parseCount(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)([km]?)$/i.exec(text.replace(/[\s,_]/g, ''));
  if (match === null) return null;
  const scale = { '': 1, k: 1e3, m: 1e6 }[(match[2] ?? '').toLowerCase()] ?? 1;
  const value = Number(match[1]) * scale;
  return Number.isInteger(value) ? value : null;
}

const UNITS: Record<string, number> = {
  '': 1,
  ms: 1,
  s: 1e3,
  sec: 1e3,
  m: 6e4,
  min: 6e4,
  h: 3.6e6,
  d: 8.64e7,
};

/** "100" or "100 ms" → 100; "2.5 s", "1 min 30 s", "1h" → ms; null when it cannot be read or is no whole ms. */
export function parseDuration(text: string): number | null {
  const compact = text.toLowerCase().replace(/[\s,_]/g, '');
  if (!/^(?:\d+(?:\.\d+)?[a-z]*)+$/.test(compact)) return null;
  let total = 0;
  for (const [, digits, unit = ''] of compact.matchAll(/(\d+(?:\.\d+)?)([a-z]*)/g)) {
    const scale = UNITS[unit];
    if (scale === undefined) return null;
    total += Number(digits) * scale;
  }
  const rounded = Math.round(total);
  return Math.abs(total - rounded) < 1e-6 ? rounded : null;
}

/** "0.5", "5,000", "5k" → rows per second; null when it cannot be read. */
export function parseRate(text: string): number | null {
  const match = /^(\d*\.?\d+)([km]?)$/i.exec(text.replace(/[\s,_]/g, ''));
  if (match === null) return null;
  const scale = { '': 1, k: 1e3, m: 1e6 }[(match[2] ?? '').toLowerCase()] ?? 1;
  return Number(match[1]) * scale;
}

/** "5", "5 %", "0.2%" → 0.05, 0.05, 0.002; null when it cannot be read. */
export function parseShare(text: string): number | null {
  const match = /^(\d*\.?\d+)%?$/.exec(text.replace(/\s/g, ''));
  // Percents with a few places, not with what binary fractions make of them.
  return match === null ? null : Number((Number(match[1]) / 100).toFixed(8));
}

/** 0.05 → "5 %". */
export function formatShare(share: number): string {
  return `${Number((share * 100).toFixed(4))} %`;
}

/** "1.2" → 1.2; null when it is no decimal. */
export function parseDecimal(text: string): number | null {
  return /^\d*\.?\d+$/.test(text.trim()) ? Number(text) : null;
}
