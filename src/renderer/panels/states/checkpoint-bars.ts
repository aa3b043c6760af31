// The checkpoints of the timeline as bars, and in words. Pure.
import type { CheckpointMark } from '../../../shared/states.ts';
import { formatBytes, formatCount, formatDuration, formatTime } from '../../components/format.ts';

/** Heights in parts of 100: sizes have 58 above the line, durations 36 below it. */
const UP = 58;
const DOWN = 36;
/** A bar that is there is seen. */
const LEAST = 2;

export interface Bar {
  key: string;
  x: number;
  up: number;
  down: number;
  tone: 'checkpoint' | 'savepoint' | 'failed';
}

export function stripBars(marks: readonly CheckpointMark[]): {
  bars: Bar[];
  largest: number;
  longest: number;
} {
  const largest = Math.max(1, ...marks.map(({ bytes }) => bytes));
  const longest = Math.max(1, ...marks.map(({ durationMs }) => durationMs));
  return {
    bars: marks.map(({ at, bytes, durationMs, kind, failed }, x) => ({
      key: `${at} ${kind} ${x}`,
      x,
      up: failed === null ? Math.max(LEAST, (bytes / largest) * UP) : UP,
      down: Math.max(LEAST, (durationMs / longest) * DOWN),
      tone: failed === null ? kind : 'failed',
    })),
    largest,
    longest,
  };
}

export function wordsOfMark({ at, bytes, durationMs, stallMs, kind, name, failed }: CheckpointMark): string {
  const what = kind === 'savepoint' ? `savepoint ${name ?? ''}` : 'checkpoint';
  if (failed !== null) return `${formatTime(at)} ${what} given up: ${failed}`;
  return `${formatTime(at)} ${what}, ${formatBytes(bytes)} in ${formatDuration(durationMs)}, held events for ${formatDuration(stallMs)}`;
}

export function wordsOfStrip(marks: readonly CheckpointMark[]): string {
  const failed = marks.filter((mark) => mark.failed !== null).length;
  const longest = Math.max(0, ...marks.map(({ durationMs }) => durationMs));
  return `The last ${formatCount(marks.length)}, the longest took ${formatDuration(longest)}, ${failed === 0 ? 'none' : formatCount(failed)} failed.`;
}
