// One client's connection: cuts the byte stream into frames and answers them one after the other, as Kafka does, so
// that answers keep the order of requests. Reads no further than a bounded queue, writes no faster than the client takes.
import type { Socket } from 'node:net';
import type { BrokerParts } from './context.ts';
import { answerFrame } from './dispatch.ts';
import { ProtocolFault } from './wire/reader.ts';

/** Kafka's socket.request.max.bytes; what claims more is no Kafka client. */
const MAX_FRAME = 100 * 1024 * 1024;
const MIN_FRAME = 8;
/** Waiting requests, in number and bytes, at which no more is read from the socket. */
const MAX_WAITING = 64;
const MAX_WAITING_BYTES = 32 * 1024 * 1024;
/** Kafka's connections.max.idle.ms. */
const IDLE_MS = 600_000;

export interface ConnectionEvents {
  /** The client did not follow the protocol, or its request failed in an unforeseen way. */
  refused(reason: unknown, peer: string): void;
  closed(): void;
}

export class Connection {
  private readonly socket: Socket;
  private readonly parts: BrokerParts;
  private readonly events: ConnectionEvents;
  private readonly peer: string;
  private chunks: Buffer[] = [];
  private held = 0;
  /** Size of the frame that is being read; -1 while its size is not known. */
  private frameSize = -1;
  private waiting: Buffer[] = [];
  private waitingBytes = 0;
  private busy = false;
  private closed = false;
  private readonly onClosed = new Set<() => void>();

  constructor(socket: Socket, parts: BrokerParts, events: ConnectionEvents) {
    this.socket = socket;
    this.parts = parts;
    this.events = events;
    this.peer = socket.remoteAddress ?? 'unknown';
    socket.setNoDelay(true);
    socket.setTimeout(IDLE_MS, () => socket.destroy());
    socket.on('data', (chunk: Buffer) => this.receive(chunk));
    // A reset is how clients go away; `close` follows.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.end());
  }

  private receive(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.held += chunk.length;
    for (;;) {
      if (this.frameSize < 0) {
        if (this.held < 4) return;
        this.frameSize = this.take(4).readInt32BE(0);
        if (this.frameSize < MIN_FRAME || this.frameSize > MAX_FRAME) {
          this.refuse(new ProtocolFault(`A frame of ${this.frameSize} bytes: this is no Kafka client`));
          return;
        }
      }
      if (this.held < this.frameSize) return;
      const frame = this.take(this.frameSize);
      this.frameSize = -1;
      this.waiting.push(frame);
      this.waitingBytes += frame.length;
      if (this.isFull()) this.socket.pause();
      if (!this.busy) void this.work();
    }
  }

  private isFull(): boolean {
    return this.waiting.length >= MAX_WAITING || this.waitingBytes >= MAX_WAITING_BYTES;
  }

  /** The first `bytes` of what was received; a view where they lie in one chunk. */
  private take(bytes: number): Buffer {
    this.held -= bytes;
    const first = this.chunks[0];
    if (first !== undefined && first.length >= bytes) {
      if (first.length === bytes) this.chunks.shift();
      else this.chunks[0] = first.subarray(bytes);
      return first.subarray(0, bytes);
    }
    const whole = Buffer.concat(this.chunks);
    this.chunks = whole.length > bytes ? [whole.subarray(bytes)] : [];
    return whole.subarray(0, bytes);
  }

  private async work(): Promise<void> {
    this.busy = true;
    try {
      for (
        let frame = this.waiting.shift();
        frame !== undefined && !this.closed;
        frame = this.waiting.shift()
      ) {
        this.waitingBytes -= frame.length;
        const answer = await answerFrame(frame, {
          ...this.parts,
          clientHost: `/${this.peer}`,
          onClosed: (listener) => {
            this.onClosed.add(listener);
            return () => this.onClosed.delete(listener);
          },
        });
        if (answer !== null && !this.closed) await this.send(answer);
        if (!this.closed && this.socket.isPaused() && !this.isFull()) this.socket.resume();
      }
    } catch (reason) {
      this.refuse(reason);
    } finally {
      this.busy = false;
    }
  }

  /** Resolves when the client has taken enough for more to be worth making. */
  private send(parts: readonly Buffer[]): Promise<void> | void {
    this.socket.cork();
    let room = true;
    for (const part of parts) room = this.socket.write(part);
    this.socket.uncork();
    if (room) return;
    return new Promise((resolve) => {
      const done = () => {
        this.socket.off('drain', done);
        this.onClosed.delete(done);
        resolve();
      };
      this.socket.on('drain', done);
      this.onClosed.add(done);
    });
  }

  private refuse(reason: unknown): void {
    if (!this.closed) this.events.refused(reason, this.peer);
    this.socket.destroy();
  }

  private end(): void {
    if (this.closed) return;
    this.closed = true;
    this.waiting = [];
    this.chunks = [];
    for (const listener of [...this.onClosed]) listener();
    this.events.closed();
  }

  /** Ends the connection once what was answered is on its way. */
  close(): void {
    this.socket.destroySoon();
    this.end();
  }
}
