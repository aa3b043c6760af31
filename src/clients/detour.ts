// A connection by way of the fault proxy (src/faults), which can cut it or slow it down. The first line on the wire says
// whose connection it is and where it wants to go; what follows is the connection itself. Called by postgres.ts and
// kafka-session.ts when an endpoint has a detour.
import { isIP, Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import type { Detour } from '../shared/link.ts';

const KEEPALIVE_AFTER_MS = 60_000;

/** One of the overloads of `connect`, past the override below. */
const connectPlain: (this: Socket, port: number, host: string) => Socket = Socket.prototype.connect;

function dial(socket: Socket, detour: Detour, host: string, port: number): Socket {
  connectPlain.call(socket, detour.port, detour.host);
  socket.write(`${JSON.stringify({ link: detour.link, host, port })}\n`);
  return socket;
}

/** A socket whose `connect(port, host)` takes the detour: what pg asks of its `stream`. */
export function detourSocket(detour: Detour): Socket {
  const socket = new Socket();
  const connect = (port: number, host: string) => dial(socket, detour, host, port);
  Object.defineProperty(socket, 'connect', { value: connect });
  return socket;
}

export interface SocketRequest {
  host: string;
  port: number;
  ssl?: ConnectionOptions;
  onConnect(): void;
}

/** A socket factory of kafkajs that takes the detour, TLS inside it. */
export function detourSocketFactory(detour: Detour): (request: SocketRequest) => Socket {
  return ({ host, port, ssl, onConnect }) => {
    const plain = dial(new Socket(), detour, host, port);
    if (ssl === undefined || ssl === null) {
      plain.setNoDelay(true).setKeepAlive(true, KEEPALIVE_AFTER_MS);
      plain.once('connect', onConnect);
      return plain;
    }
    const servername = isIP(host) === 0 ? { servername: host } : {};
    return connectTls({ ...servername, ...ssl, socket: plain }, onConnect);
  };
}
