// How a figure of each unit is written on an axis (short) and beside the crosshair (exact, with its unit).
import {
  formatBytes,
  formatCount,
  formatCpu,
  formatDuration,
  formatLag,
  formatLatency,
  formatRate,
  formatShort,
  NONE,
} from '../components/format.ts';

export type Unit = 'per-second' | 'count' | 'seconds' | 'ms' | 'money' | 'cores' | 'bytes';

/** For an axis: at most about six characters. Zero is a bare 0 in every unit. */
export function axisLabel(unit: Unit, value: number): string {
  if (value === 0) return '0';
  switch (unit) {
    case 'per-second':
    case 'count':
    case 'money':
      return shortTick(value);
    case 'seconds':
      return value < 60 ? `${trimmed(value)} s` : formatDuration(value * 1000);
    case 'ms':
      return value < 1000 ? `${trimmed(value)} ms` : formatDuration(value);
    case 'cores':
      return formatCpu(value);
    case 'bytes':
      return formatBytes(value).replace(/\.0+ /, ' ');
  }
}

/** Beside the crosshair, in tooltips and as the headline. */
export function exactLabel(unit: Unit, value: number | null): string {
  if (value === null) return NONE;
  switch (unit) {
    case 'per-second':
      return `${formatRate(value)}/s`;
    case 'count':
      return formatCount(value);
    case 'money':
      return value >= 1_000_000 ? formatShort(value) : value.toLocaleString('en-US', MONEY);
    case 'seconds':
      return formatLag(value);
    case 'ms':
      return formatLatency(value);
    case 'cores':
      return formatCpu(value);
    case 'bytes':
      return formatBytes(value);
  }
}

/** Head of the column in an exported file. */
export const UNIT_NAMES: Record<Unit, string> = {
  'per-second': 'per second',
  count: 'count',
  seconds: 'seconds',
  ms: 'ms',
  money: 'amount',
  cores: 'cores',
  bytes: 'bytes',
};

const MONEY = { minimumFractionDigits: 2, maximumFractionDigits: 2 } as const;

/** Ticks are round figures, so trailing zeros say nothing: 400k rather than 400.00k. */
function shortTick(value: number): string {
  if (Math.abs(value) < 1000) return trimmed(value);
  return formatShort(value)
    .replace(/(\.\d*?)0+(?=[kMG])/, '$1')
    .replace(/\.(?=[kMG])/, '');
}

function trimmed(value: number): string {
  return String(Number(value.toFixed(Math.abs(value) < 1 ? 2 : 1)));
}
