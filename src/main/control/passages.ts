// When the processor passed which offset, and when the next frame left: at the grain of its reports for the last
// minutes, handed on once a second for the history. figures.ts fills it; xray.ts asks.
import type { Passage, Passed } from '../history/port.ts';

/** Ten minutes of twenty reports a second. */
const KEPT = 12_000;

interface Sample {
  /** First and last moment (epoch ms) at which the processor stood there. */
  from: number;
  until: number;
  frameAt: number | null;
  offsets: ReadonlyMap<number, number>;
}

export class Passages {
  #samples: Sample[] = [];
  #taken: Sample | null = null;

  /** The processor said at `at` (epoch ms) up to where it has read; next offset per partition. */
  record(at: number, offsets: Readonly<Record<string, string>>): void {
    const last = this.#samples.at(-1);
    const read = new Map(
      Object.entries(offsets).map(([partition, next]) => [Number(partition), Number(next)]),
    );
    if (last !== undefined && sameOffsets(last.offsets, read)) {
      last.until = at;
      return;
    }
    this.#samples.push({ from: at, until: at, frameAt: null, offsets: read });
    // Dropped by the half, so that it costs little.
    if (this.#samples.length > KEPT) this.#samples = this.#samples.slice(KEPT / 2);
  }

  /** A frame left: everything recorded before is on the screen. */
  frame(now: number): void {
    for (let at = this.#samples.length - 1; at >= 0; at--) {
      const sample = this.#samples[at];
      if (sample === undefined || sample.frameAt !== null) return;
      sample.frameAt = now;
    }
  }

  /** When the record at `offset` had been processed; null when these minutes do not hold it. */
  find(partition: number, offset: number): Passed | null {
    let passed: Sample | null = null;
    for (let at = this.#samples.length - 1; at >= 0; at--) {
      const sample = this.#samples[at];
      if (sample === undefined) return null;
      const next = sample.offsets.get(partition);
      if (next === undefined) return null;
      if (next > offset) passed = sample;
      else return passed === null ? null : { after: sample.until, at: passed.from, frameAt: passed.frameAt };
    }
    return null;
  }

  /** The last place of the processor that a frame has shown, when it is news since the last call. */
  take(): Passage[] {
    const last = this.#samples.findLast(({ frameAt }) => frameAt !== null);
    if (last === undefined || last === this.#taken) return [];
    this.#taken = last;
    return [...last.offsets].map(([partition, offset]) => ({
      at: last.from,
      frameAt: last.frameAt,
      partition,
      offset,
    }));
  }

  clear(): void {
    this.#samples = [];
    this.#taken = null;
  }
}

function sameOffsets(a: ReadonlyMap<number, number>, b: ReadonlyMap<number, number>): boolean {
  if (a.size !== b.size) return false;
  for (const [partition, next] of b) if (a.get(partition) !== next) return false;
  return true;
}
