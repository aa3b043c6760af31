// One client's connection: cuts the byte stream into frames and answers them one after the other, as Kafka does, so
// that answers keep the order of requests. Reads no further than a bounded queue, writes no faster than the client takes.
import type { Socket } from 'node:net';
import { BufferPool } from './buffer-pool.ts';
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

const NOTHING = Buffer.alloc(0);
/** Shared by all connections: they are of one process. */
const POOL = new BufferPool();

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
  /** The first bytes of a frame's size, when they came apart. */
  private sizeBytes: Buffer = NOTHING;
  /** The frame that is being read, and how much of it is there. */
  private frame: Buffer | null = null;
  private filled = 0;
  private waiting: Buffer[] = [];
  private waitingBytes = 0;
  private busy = false;
  private closed = false;
  private readonly onClosed = new Set<() => void>();
  private readonly endsTold = new Set<string>();

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
    let rest = this.sizeBytes.length === 0 ? chunk : Buffer.concat([this.sizeBytes, chunk]);
    this.sizeBytes = NOTHING;
    while (rest.length > 0) {
      if (this.frame === null) {
        if (rest.length < 4) {
          this.sizeBytes = Buffer.from(rest);
          return;
        }
        const size = rest.readInt32BE(0);
        if (size < MIN_FRAME || size > MAX_FRAME) {
          this.refuse(new ProtocolFault(`A frame of ${size} bytes: this is no Kafka client`));
          return;
        }
        this.frame = POOL.take(size);
        this.filled = 0;
        rest = rest.subarray(4);
      }
      const taken = rest.copy(this.frame, this.filled);
      this.filled += taken;
      rest = rest.subarray(taken);
      if (this.filled < this.frame.length) return;
      this.take(this.frame);
      this.frame = null;
    }
  }

  private take(frame: Buffer): void {
    this.waiting.push(frame);
    this.waitingBytes += frame.length;
    if (this.isFull()) this.socket.pause();
    if (!this.busy) void this.work();
  }

  private isFull(): boolean {
    return this.waiting.length >= MAX_WAITING || this.waitingBytes >= MAX_WAITING_BYTES;
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
        await this.answer(frame);
        if (!this.closed && this.socket.isPaused() && !this.isFull()) this.socket.resume();
      }
    } catch (reason) {
      this.refuse(reason);
    } finally {
      this.busy = false;
    }
  }

  private async answer(frame: Buffer): Promise<void> {
    const lent = [frame];
    const answer = await answerFrame(frame, {
      ...this.parts,
      clientHost: `/${this.peer}`,
      lend: (bytes) => {
        const buffer = POOL.take(bytes);
        lent.push(buffer);
        return buffer;
      },
      endsTold: this.endsTold,
      onClosed: (listener) => {
        this.onClosed.add(listener);
        return () => this.onClosed.delete(listener);
      },
    });
    const giveBack = () => {
      for (const buffer of lent) POOL.give(buffer);
    };
    if (answer === null || this.closed) giveBack();
    else await this.send(answer, giveBack);
  }

  /** Calls `sent` when the bytes have left the process; resolves when the client has room for more. */
  private send(parts: readonly Buffer[], sent: () => void): Promise<void> | undefined {
    this.socket.cork();
    let room = true;
    for (const [index, part] of parts.entries()) {
      room = index === parts.length - 1 ? this.socket.write(part, sent) : this.socket.write(part);
    }
    this.socket.uncork();
    if (room) return undefined;
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
    this.frame = null;
    for (const listener of [...this.onClosed]) listener();
    this.events.closed();
  }

  /** Ends the connection once what was answered is on its way. */
  close(): void {
    this.socket.destroySoon();
    this.end();
  }
}
