// From arrivals to rates and latencies: plain arithmetic, the same for both sides. sequence.ts calls it.
import { quantile } from '../figure.ts';
import type { Arrival } from './arrivals.ts';
import type { Paced } from './rows.ts';
import type { Memory } from './sides.ts';

/** The first part of a drain is left out of the warm rate: a JVM compiles meanwhile. */
const COLD_SHARE = 0.2;

export interface Drained {
  rows: number;
  /** Rows per second: from the first arrival to the last, the same without the cold first part, from the start command. */
  rate: number;
  warmRate: number;
  rateWithStart: number;
  /** Rows that came twice or more, or not at all. */
  doubled: number;
  lost: number;
  /** The highest seen, by part. */
  memory: Record<string, Memory>;
}

export interface Live {
  rowsPerSecond: number;
  /** What the writer reached, rows/s. */
  written: number;
  rows: number;
  /** Milliseconds from COMMIT sent to arrival at the consumer. */
  p50: number | null;
  p95: number | null;
  p99: number | null;
  doubled: number;
  lost: number;
  memory: Record<string, Memory>;
}

const perSecond = (rows: number, micros: number): number => (rows * 1e6) / Math.max(1, micros);

export function drained(
  arrivals: readonly Arrival[],
  told: { rows: number; startedAt: number; memory: Record<string, Memory> },
): Drained {
  const { rows, startedAt, memory } = told;
  const distinct = new Set(arrivals.map(({ id }) => id)).size;
  const first = arrivals[0]?.at ?? 0;
  const last = arrivals.at(-1)?.at ?? 0;
  const cold = Math.floor(arrivals.length * COLD_SHARE);
  return {
    rows,
    rate: perSecond(arrivals.length, last - first),
    warmRate: perSecond(arrivals.length - cold, last - (arrivals[cold]?.at ?? 0)),
    rateWithStart: perSecond(arrivals.length, last - startedAt),
    doubled: arrivals.length - distinct,
    lost: rows - distinct,
    memory,
  };
}

export function live(
  arrivals: readonly Arrival[],
  paced: Paced,
  told: { rowsPerSecond: number; warmUpMs: number; memory: Record<string, Memory> },
): Live {
  const [began = 0] = paced.committed.values();
  const from = began + told.warmUpMs * 1000;
  const seen = new Set<number>();
  const latencies: number[] = [];
  let doubled = 0;
  for (const { id, at } of arrivals) {
    const committed = paced.committed.get(id);
    if (committed === undefined) continue;
    if (seen.has(id)) doubled += 1;
    else if (committed >= from) latencies.push((at - committed) / 1000);
    seen.add(id);
  }
  latencies.sort((a, b) => a - b);
  return {
    rowsPerSecond: told.rowsPerSecond,
    written: paced.rate,
    rows: paced.committed.size,
    p50: quantile(latencies, 0.5),
    p95: quantile(latencies, 0.95),
    p99: quantile(latencies, 0.99),
    doubled,
    lost: paced.committed.size - seen.size,
    memory: told.memory,
  };
}
