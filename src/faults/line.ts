// One direction of a proxied connection: bytes wait here for their time. Bounded: when much waits, the source is read no
// further, and the peer feels it as it would on a real line. proxy.ts makes two of these per connection.
import type { Socket } from 'node:net';

export type LineMode =
  | { kind: 'pass' }
  /** Packets vanish (to be sent again by TCP once the line is back), nothing closes. */
  | { kind: 'cut' }
  | { kind: 'slow'; delayMs: number; bytesPerSecond: number | null };

/** What may wait in one direction of one connection. */
export const MOST_WAITING_BYTES = 256 * 1024;
/** A bandwidth bound is kept in steps of this length, ms. */
const STEP_MS = 20;

interface Waiting {
  bytes: Buffer;
  dueAt: number;
}

export class Line {
  readonly #source: Socket;
  readonly #target: Socket;
  readonly #mode: () => LineMode;
  #queue: Waiting[] = [];
  #waitingBytes = 0;
  #sourceEnded = false;
  #blocked = false;
  #timer: NodeJS.Timeout | null = null;
  #sentUntil = 0;

  constructor(source: Socket, target: Socket, mode: () => LineMode) {
    this.#source = source;
    this.#target = target;
    this.#mode = mode;
    source.on('data', (bytes) => this.take(bytes));
    source.on('end', () => this.#end());
    source.on('close', () => this.#end());
    target.on('drain', () => {
      this.#blocked = false;
      this.flow();
    });
    target.on('close', () => this.flow());
  }

  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  take(bytes: Buffer): void {
    const mode = this.#mode();
    const delay = mode.kind === 'slow' ? mode.delayMs : 0;
    this.#queue.push({ bytes, dueAt: performance.now() + delay });
    this.#waitingBytes += bytes.length;
    this.flow();
  }

  /** Sends what is due; called again whenever the mode changes. */
  flow(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const mode = this.#mode();
    if (mode.kind === 'cut') {
      this.#source.pause();
      return;
    }
    if (this.#target.destroyed) {
      this.#queue = [];
      this.#waitingBytes = 0;
      this.#source.destroy();
      return;
    }
    if (!this.#blocked) this.#send(mode);
    if (this.#waitingBytes < MOST_WAITING_BYTES) this.#source.resume();
    else this.#source.pause();
    if (this.#sourceEnded && this.#queue.length === 0 && !this.#target.writableEnded) this.#target.end();
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #send(mode: Exclude<LineMode, { kind: 'cut' }>): void {
    const now = performance.now();
    const rate = mode.kind === 'slow' ? mode.bytesPerSecond : null;
    for (;;) {
      const [head] = this.#queue;
      if (head === undefined) return;
      const dueAt = mode.kind === 'pass' ? 0 : Math.max(head.dueAt, rate === null ? 0 : this.#sentUntil);
      if (dueAt > now) {
        this.#timer = setTimeout(() => this.flow(), Math.max(1, dueAt - now));
        return;
      }
      const piece = this.#takePiece(head, rate);
      if (rate !== null) this.#sentUntil = Math.max(now, this.#sentUntil) + (piece.length / rate) * 1000;
      if (!this.#target.write(piece)) {
        this.#blocked = true;
        return;
      }
    }
  }

  #takePiece(head: Waiting, rate: number | null): Buffer {
    const most = rate === null ? head.bytes.length : Math.max(1, Math.floor((rate * STEP_MS) / 1000));
    const piece = head.bytes.subarray(0, most);
    this.#waitingBytes -= piece.length;
    if (piece.length === head.bytes.length) this.#queue.shift();
    else head.bytes = head.bytes.subarray(piece.length);
    return piece;
  }

  #end(): void {
    this.#sourceEnded = true;
    this.flow();
  }
}
