// Back-pressure of the frame stream, the same for WebSocket and IPC: a receiver that cannot keep up gets fewer, newer
// frames. What an overtaken frame alone carried (results, points) is handed on in the next one, within a bound.
import type { Frame } from '../../shared/snapshot.ts';

/** Windows a receiver may be behind; older ones it can ask of the history. */
export const MAX_KEPT_RESULTS = 5_000;
/** Ten minutes of seconds. */
export const MAX_KEPT_POINTS = 600;

/** The newer frame with what the older one, never sent, had gathered. */
export function overtake(older: Frame, newer: Frame): Frame {
  return {
    seq: newer.seq,
    snapshot: newer.snapshot,
    results: [...older.results, ...newer.results].slice(-MAX_KEPT_RESULTS),
    points: [...older.points, ...newer.points].slice(-MAX_KEPT_POINTS),
  };
}

export class FrameOutlet {
  readonly #send: (frame: Frame) => void;
  readonly #ready: () => boolean;
  #kept: Frame | null = null;

  /** `send` is called only while `ready` says so; call `drained` when the receiver may have become ready. */
  constructor(send: (frame: Frame) => void, ready: () => boolean) {
    this.#send = send;
    this.#ready = ready;
  }

  offer(frame: Frame): void {
    this.#kept = this.#kept === null ? frame : overtake(this.#kept, frame);
    this.drained();
  }

  drained(): void {
    if (this.#kept === null || !this.#ready()) return;
    const frame = this.#kept;
    this.#kept = null;
    this.#send(frame);
  }
}
