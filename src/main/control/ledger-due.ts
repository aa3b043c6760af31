// Which rows the processor must have seen by now: those the producer had published before a moment up to which the
// processor has read everything. Pure; ledger.ts asks it before it calls anything missing.
import type { DuePosition } from './ledger.sql.ts';

interface Published {
  at: number;
  position: DuePosition;
}

/** A row counts as settled this long after the producer committed it, ms. */
export const SETTLE_MS = 2_000;
/** Without news from a processor that says it has caught up, this much is waited instead, ms. */
const QUIET_SETTLE_MS = 5_000;
const KEPT = 600;

export interface ProcessorProgress {
  /** Epoch ms of its last report. */
  at: number;
  lagEvents: number;
  /** Counts the processes of the processor: a new one begins at its checkpoint, behind what the old one had read. */
  life: number;
}

export class DueRows {
  #published: Published[] = [];
  /** When the processor, in this life, last had read everything. Its partitions lag unevenly: less says nothing. */
  #caughtUp: { at: number; life: number } | null = null;

  /** The producer says how far it has published, at `at` (epoch ms). */
  published(at: number, position: DuePosition): void {
    const last = this.#published.at(-1);
    if (last !== undefined && at - last.at < 100) return;
    if (last?.position.lastId === position.lastId && last.position.lastTx === position.lastTx) return;
    this.#published.push({ at, position });
    if (this.#published.length > KEPT) this.#published.splice(0, this.#published.length - KEPT);
  }

  clear(): void {
    this.#published = [];
  }

  /** Up to where every row must be with the processor at `now`; null when nothing can be said. */
  due(now: number, progress: ProcessorProgress | null): DuePosition | null {
    if (progress === null) return null;
    if (progress.lagEvents === 0) this.#caughtUp = { at: progress.at, life: progress.life };
    if (this.#caughtUp === null || this.#caughtUp.life !== progress.life) return null;
    const quiet = progress.lagEvents === 0 ? now - QUIET_SETTLE_MS : 0;
    const reached = Math.max(this.#caughtUp.at - SETTLE_MS, quiet);
    return this.#published.findLast(({ at }) => at <= reached)?.position ?? null;
  }
}
