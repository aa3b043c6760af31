// A line on a time axis: pairs of time and value, null where there is a gap. Made here from recorded points,
// thinned here for drawing, looked up here for the crosshair. Pure; called by the chart models.
import type { MetricPoint, Series } from '../../shared/history.ts';

/** Epoch ms and value; null breaks the line. */
export type Sample = readonly [at: number, value: number | null];

/** Two points further apart than this many steps have a gap between them: one missed tick is not a gap. */
const GAP_STEPS = 2.5;

/** One series of the points within [from, to), in order of time, with a null wherever recording paused. */
export function samplesOf(
  points: readonly MetricPoint[],
  series: Series,
  from: number,
  to: number,
): readonly Sample[] {
  const samples: Sample[] = [];
  let previous: MetricPoint | undefined;
  for (const point of points) {
    // A step on either side of the window, so that lines run up to its edges.
    if (point.at < from - point.stepMs || point.at >= to) continue;
    if (previous !== undefined) {
      const step = Math.max(previous.stepMs, point.stepMs);
      if (point.at - previous.at > step * GAP_STEPS) samples.push([previous.at + previous.stepMs, null]);
    }
    samples.push([point.at, point.values[series] ?? null]);
    previous = point;
  }
  return samples;
}

/** The value that stands at `at`: the newest sample not after it, unless that one is a gap or older than `reach` ms. */
export function valueAt(samples: readonly Sample[], at: number, reach: number): number | null {
  let low = 0;
  let high = samples.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((samples[middle]?.[0] ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  const sample = samples[low - 1];
  return sample === undefined || at - sample[0] > reach ? null : sample[1];
}

/** The newest value that is not a gap. */
export function lastValue(samples: readonly Sample[]): number | null {
  for (let index = samples.length - 1; index >= 0; index -= 1) {
    const value = samples[index]?.[1];
    if (value !== null && value !== undefined) return value;
  }
  return null;
}

/**
 * At most about `limit` samples that keep the shape of the line: largest triangle three buckets (S. Steinarsson,
 * "Downsampling Time Series for Visual Representation", 2013), applied to each unbroken stretch by itself, so that
 * gaps stay gaps.
 */
export function thin(samples: readonly Sample[], limit: number): readonly Sample[] {
  if (samples.length <= limit) return samples;
  const share = limit / samples.length;
  const thinned: Sample[] = [];
  for (const stretch of stretches(samples)) {
    const first = stretch[0];
    if (first === undefined) continue;
    if (first[1] === null) thinned.push(first);
    else
      thinned.push(...largestTriangles(stretch as Solid[], Math.max(3, Math.round(stretch.length * share))));
  }
  return thinned;
}

type Solid = readonly [at: number, value: number];

/** Unbroken stretches of values, and one null for each gap between them. */
function stretches(samples: readonly Sample[]): Sample[][] {
  const found: Sample[][] = [];
  let current: Sample[] = [];
  let inGap = false;
  for (const sample of samples) {
    const gap = sample[1] === null;
    if (gap && inGap) continue;
    if (gap !== inGap || gap) {
      if (current.length > 0) found.push(current);
      current = [];
    }
    current.push(sample);
    inGap = gap;
  }
  if (current.length > 0) found.push(current);
  return found;
}

function largestTriangles(line: readonly Solid[], limit: number): readonly Solid[] {
  const first = line[0];
  const last = line[line.length - 1];
  if (line.length <= limit || first === undefined || last === undefined) return line;
  const kept: Solid[] = [first];
  const width = (line.length - 2) / (limit - 2);
  let anchor = first;
  for (let bucket = 0; bucket < limit - 2; bucket += 1) {
    const start = 1 + Math.floor(bucket * width);
    const end = Math.min(1 + Math.floor((bucket + 1) * width), line.length - 1);
    const centre = centreOf(line, end, Math.min(1 + Math.floor((bucket + 2) * width), line.length)) ?? last;
    let best: Solid | undefined;
    let bestArea = -1;
    for (let index = start; index < end; index += 1) {
      const sample = line[index];
      if (sample === undefined) continue;
      const area = Math.abs(
        (anchor[0] - centre[0]) * (sample[1] - anchor[1]) - (anchor[0] - sample[0]) * (centre[1] - anchor[1]),
      );
      if (area > bestArea) {
        bestArea = area;
        best = sample;
      }
    }
    if (best === undefined) continue;
    kept.push(best);
    anchor = best;
  }
  kept.push(last);
  return kept;
}

function centreOf(line: readonly Solid[], start: number, end: number): Solid | undefined {
  if (end <= start) return undefined;
  let at = 0;
  let value = 0;
  for (let index = start; index < end; index += 1) {
    at += line[index]?.[0] ?? 0;
    value += line[index]?.[1] ?? 0;
  }
  return [at / (end - start), value / (end - start)];
}
