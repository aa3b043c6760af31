// The fault proxy: connections of the stages go through it by name of their link ("producer:kafka"), and each link can be
// cut, slowed or let through while they stand. Used by main.ts of this folder and by tests.
import { createServer, type Server, Socket } from 'node:net';
import { z } from 'zod';
import { Line, type LineMode } from './line.ts';

const Opening = z.object({ link: z.string(), host: z.string(), port: z.number().int() });
const LONGEST_OPENING = 1_024;
const PASS: LineMode = { kind: 'pass' };

interface Connection {
  link: string;
  /** Dials the target, or goes on; called when the mode of its link has changed. */
  flow(): void;
  close(): void;
}

export class FaultProxy {
  readonly #server: Server;
  readonly #modes = new Map<string, LineMode>();
  readonly #connections = new Set<Connection>();
  readonly #sockets = new Set<Socket>();

  constructor() {
    // Half-closed connections stay so: an end is passed on in its turn.
    this.#server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: false }, (client) =>
      this.#greet(client),
    );
  }

  /** Listens on 127.0.0.1; another port is taken when `wanted` is not free. Gives the port. */
  async listen(wanted: number | null): Promise<number> {
    const on = (port: number) =>
      new Promise<number>((resolve, reject) => {
        this.#server.once('error', reject);
        this.#server.listen(port, '127.0.0.1', () => {
          this.#server.off('error', reject);
          const address = this.#server.address();
          resolve(typeof address === 'object' && address !== null ? address.port : port);
        });
      });
    if (wanted === null) return on(0);
    return on(wanted).catch(() => on(0));
  }

  get connections(): number {
    return this.#connections.size;
  }

  set(links: readonly string[], mode: LineMode): void {
    for (const link of links) this.#modes.set(link, mode);
    for (const connection of [...this.#connections]) {
      if (links.includes(connection.link)) connection.flow();
    }
  }

  close(): void {
    this.#server.close();
    for (const connection of this.#connections) connection.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #hold(socket: Socket): Socket {
    this.#sockets.add(socket);
    // A failed socket also closes; the lines pass that on.
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
    return socket;
  }

  #greet(client: Socket): void {
    this.#hold(client);
    let read = Buffer.alloc(0);
    const listen = (bytes: Buffer) => {
      read = Buffer.concat([read, bytes]);
      const end = read.indexOf(10);
      if (end === -1) {
        if (read.length > LONGEST_OPENING) client.destroy();
        return;
      }
      client.off('data', listen);
      client.pause();
      const opening = parseOpening(read.subarray(0, end).toString('utf8'));
      if (opening === null) client.destroy();
      else this.#join(client, opening, read.subarray(end + 1));
    };
    client.on('data', listen);
  }

  #join(client: Socket, opening: z.infer<typeof Opening>, first: Buffer): void {
    const { link, host, port } = opening;
    const mode = () => this.#modes.get(link) ?? PASS;
    const target = this.#hold(new Socket({ allowHalfOpen: true }));
    let dialled = false;
    const there = new Line(client, target, mode);
    const back = new Line(target, client, mode);
    const connection: Connection = {
      link,
      flow: () => {
        // A line that is cut from its beginning is accepted and silent, as a lost peer is.
        if (!dialled && mode().kind !== 'cut') {
          dialled = true;
          target.setNoDelay(true);
          target.connect(port, host);
        }
        there.flow();
        back.flow();
      },
      close: () => {
        there.close();
        back.close();
      },
    };
    const gone = () => {
      // A client that gave up before its target was dialled leaves nothing behind.
      if (!dialled && client.destroyed) target.destroy();
      if (client.destroyed && target.destroyed) this.#connections.delete(connection);
    };
    client.on('close', gone);
    target.on('close', gone);
    this.#connections.add(connection);
    connection.flow();
    if (first.length > 0) there.take(first);
  }
}

function parseOpening(line: string): z.infer<typeof Opening> | null {
  try {
    return Opening.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    // Whoever talks something else here is no child of LiveDB's.
    return null;
  }
}
