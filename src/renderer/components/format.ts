// The one way in which the page writes figures, sizes, durations and times. Pure; all texts are for tabular figures.

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
/** What stands where a figure is not known. */
export const NONE = '–';

/** 1204332 → "1,204,332". */
export function formatCount(value: number | null): string {
  return value === null || !Number.isFinite(value) ? NONE : whole.format(value);
}

/** A figure that fits in a few characters: 950 → "950", 5002 → "5.00k", 1204332 → "1.20M". */
export function formatShort(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return NONE;
  const size = Math.abs(value);
  if (size < 999.5) return whole.format(value);
  if (size < 999_500) return `${threeDigits(value / 1e3)}k`;
  if (size < 999_500_000) return `${threeDigits(value / 1e6)}M`;
  return `${threeDigits(value / 1e9)}G`;
}

function threeDigits(value: number): string {
  const size = Math.abs(value);
  return value.toFixed(size < 10 ? 2 : size < 100 ? 1 : 0);
}

/** A rate per second: below 10 with two places ("0.03", "1.00"), above whole ("5,002"). */
export function formatRate(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return NONE;
  if (value === 0) return '0';
  return Math.abs(value) < 9.995 ? value.toFixed(2) : whole.format(value);
}

/** Milliseconds as the largest fitting unit: 8 → "8 ms", 2100 → "2.1 s", 150000 → "2 min 30 s". */
export function formatDuration(ms: number | null): string {
  if (ms === null || !Number.isFinite(ms)) return NONE;
  const size = Math.abs(ms);
  if (size < 1_000) return `${Math.round(ms)} ms`;
  if (size < 60_000) return `${trimZero((ms / 1_000).toFixed(1))} s`;
  if (size < 3_600_000) return twoUnits(ms, 60_000, 'min', 1_000, 's');
  if (size < 86_400_000) return twoUnits(ms, 3_600_000, 'h', 60_000, 'min');
  return twoUnits(ms, 86_400_000, 'd', 3_600_000, 'h');
}

function twoUnits(ms: number, large: number, largeUnit: string, small: number, smallUnit: string): string {
  const first = Math.floor(ms / large);
  const rest = Math.floor((ms - first * large) / small);
  return rest === 0 ? `${first} ${largeUnit}` : `${first} ${largeUnit} ${rest} ${smallUnit}`;
}

function trimZero(text: string): string {
  return text.endsWith('.0') ? text.slice(0, -2) : text;
}

/** Seconds behind: "0.13 s" below ten, then as a duration. */
export function formatLag(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds)) return NONE;
  return seconds < 10 ? `${seconds.toFixed(2)} s` : formatDuration(seconds * 1_000);
}

/** Latency in ms for a narrow place: "9", "31", then "1.2 s". */
export function formatLatency(ms: number | null): string {
  if (ms === null || !Number.isFinite(ms)) return NONE;
  return ms < 1_000 ? `${ms < 10 ? trimZero(ms.toFixed(1)) : Math.round(ms)} ms` : formatDuration(ms);
}

/** How long something runs: "00:41:07", with days before it when there are any. */
export function formatClockDuration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  const days = Math.floor(seconds / 86_400);
  const clock = [Math.floor(seconds / 3_600) % 24, Math.floor(seconds / 60) % 60, seconds % 60]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
  return days === 0 ? clock : `${days} d ${clock}`;
}

/** Bytes in decimal units, as disks and networks are measured: "214 MB". */
export function formatBytes(bytes: number | null): string {
  if (bytes === null || !Number.isFinite(bytes)) return NONE;
  for (const [scale, unit] of BYTE_UNITS) {
    if (bytes >= scale) return `${threeDigits(bytes / scale)} ${unit}`;
  }
  return `${Math.round(bytes)} B`;
}
const BYTE_UNITS = [
  [1e12, 'TB'],
  [1e9, 'GB'],
  [1e6, 'MB'],
  [1e3, 'kB'],
] as const;

/** A share of one core as percent: 0.253 → "25%". */
export function formatCpu(share: number | null): string {
  return share === null ? NONE : `${Math.round(share * 100)}%`;
}

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const dayAndClock = new Intl.DateTimeFormat('en-GB', {
  day: '2-digit',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});

/** Local time of day of an epoch time in ms: "14:21:09". */
export function formatTime(at: number): string {
  return clock.format(at);
}

/** Local date and time of an epoch time in ms: "23 Nov, 14:21:09". */
export function formatDateTime(at: number): string {
  return dayAndClock.format(at);
}

/** Decimal money text with grouped thousands: "1234567.80" → "1,234,567.80". Exact: no float is made of it. */
export function formatMoney(decimal: string): string {
  const [units = '0', cents] = decimal.split('.');
  const grouped = units.replace(/\B(?=(\d{3})+(?!\d))/g, ',');
  return cents === undefined ? grouped : `${grouped}.${cents}`;
}
