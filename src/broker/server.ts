// The listening side of the broker: takes connections on the loopback interface, on the port that it had before when
// that is free, so that clients simply reconnect after a restart.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { LiveDbError } from '../shared/errors.ts';
import { Connection } from './connection.ts';
import { type BrokerParts, HOST } from './context.ts';
import { replaceFile } from './log/durable-file.ts';

const MAX_CONNECTIONS = 1_000;
/** Below the range from which systems take the local ports of outgoing connections (32768 on Linux, 49152 elsewhere). */
const PORT_FROM = 20_000;
const PORT_SPAN = 10_000;
const PORT_TRIES = 20;

function listen(server: Server, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) => {
      server.off('listening', listening);
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(false);
      else reject(error);
    };
    const listening = () => {
      server.off('error', failed);
      resolve(true);
    };
    server.once('error', failed);
    server.once('listening', listening);
    server.listen({ port, host: HOST, exclusive: true });
  });
}

/**
 * Ports to try, in this order: the one it had, then some of the folder's own. Ports that the system hands out freely
 * come last: between two lives of the broker a client's reconnecting socket could take such a one for itself.
 */
function candidates(folder: string, saved: number | null): number[] {
  const first = createHash('sha256').update(folder).digest().readUInt16BE(0);
  const own = Array.from({ length: PORT_TRIES }, (_, step) => PORT_FROM + ((first + step) % PORT_SPAN));
  return [...(saved === null ? [] : [saved]), ...own, 0];
}

function savedPort(path: string): number | null {
  if (!existsSync(path)) return null;
  const port = Number(readFileSync(path, 'utf8').trim());
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : null;
}

export class KafkaServer {
  private readonly server = createServer((socket) => this.accept(socket));
  private readonly connections = new Set<Connection>();
  private readonly refused: (reason: unknown, peer: string) => void;
  private parts: BrokerParts | null = null;

  constructor(refused: (reason: unknown, peer: string) => void) {
    this.refused = refused;
    this.server.maxConnections = MAX_CONNECTIONS;
  }

  get connectionCount(): number {
    return this.connections.size;
  }

  get port(): number {
    const address = this.server.address();
    return address !== null && typeof address === 'object' ? address.port : 0;
  }

  /** Listens on `port`, or on the one kept in `folder`. Throws `port-taken` when a named port is not free. */
  async open(folder: string, port: number | null, parts: BrokerParts): Promise<void> {
    this.parts = parts;
    const kept = join(folder, 'port');
    for (const candidate of port === null ? candidates(folder, savedPort(kept)) : [port]) {
      if (!(await listen(this.server, candidate))) continue;
      replaceFile(kept, `${this.port}\n`);
      return;
    }
    throw new LiveDbError({
      code: 'port-taken',
      message: `Port ${port} on ${HOST}, which the embedded Kafka broker should use, is taken by another program.`,
      remedy: 'End that program, or choose another port for the broker in the settings.',
    });
  }

  private accept(socket: Socket): void {
    if (this.parts === null) {
      socket.destroy();
      return;
    }
    const connection: Connection = new Connection(socket, this.parts, {
      refused: this.refused,
      closed: () => this.connections.delete(connection),
    });
    this.connections.add(connection);
  }

  /** Takes no more connections and ends those there are. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    for (const connection of [...this.connections]) connection.close();
    await closed;
  }
}
