// WS /api/stream: frames to pages and scripts. A slow client has at most one frame on its way and gets the newest one
// next; a dead peer is noticed by a missing pong. Attached to the HTTP server by http-server.ts.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { STREAM_PROTOCOL } from '../../shared/bridge.ts';
import { LiveDbError } from '../../shared/errors.ts';
import type { Frame } from '../../shared/snapshot.ts';
import type { App } from '../app-api.ts';
import type { Access } from './access.ts';
import { FrameOutlet } from './frame-outlet.ts';
import { refusal } from './refusals.ts';

const MAX_CLIENTS = 32;
/** Clients have nothing to say on the stream. */
const MAX_INCOMING_BYTES = 1024;
export const PING_INTERVAL_MS = 5_000;
const GOING_AWAY = 1001;

export interface StreamParts {
  app(): App;
  access: Access;
  pingIntervalMs?: number;
}

export interface FrameStream {
  /** Takes an upgrade request of the HTTP server. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  clients(): number;
  close(): void;
}

const STATUS_TEXT: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  503: 'Service Unavailable',
};

/** Answers an upgrade that is refused; a WebSocket cannot have begun yet. */
function refuse(socket: Duplex, error: unknown): void {
  const { status, body } = refusal(error);
  const text = JSON.stringify(body);
  // The peer may be gone already; there is nobody left to tell.
  socket.on('error', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_TEXT[status] ?? 'Refused'}\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`,
  );
}

export function openStream(parts: StreamParts): FrameStream {
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_INCOMING_BYTES,
    perMessageDeflate: false,
    handleProtocols: (offered) => (offered.has(STREAM_PROTOCOL) ? STREAM_PROTOCOL : false),
  });
  const answered = new WeakMap<WebSocket, boolean>();
  /** One frame goes to many clients but is written out once. */
  const texts = new WeakMap<Frame, string>();

  function textOf(frame: Frame): string {
    const known = texts.get(frame);
    if (known !== undefined) return known;
    const text = JSON.stringify(frame);
    texts.set(frame, text);
    return text;
  }

  function serve(client: WebSocket, app: App): void {
    let onItsWay = false;
    const outlet = new FrameOutlet(
      (frame) => {
        onItsWay = true;
        client.send(textOf(frame), (error) => {
          onItsWay = false;
          // A failed send is followed by `close`, which ends the subscription.
          if (error === undefined || error === null) outlet.drained();
        });
      },
      () => !onItsWay && client.readyState === client.OPEN,
    );
    answered.set(client, true);
    client.on('pong', () => answered.set(client, true));
    client.on('error', () => client.terminate());
    const unsubscribe = app.subscribe((frame) => outlet.offer(frame));
    client.on('close', unsubscribe);
  }

  const pinging = setInterval(() => {
    for (const client of server.clients) {
      if (answered.get(client) === false) {
        client.terminate();
        continue;
      }
      answered.set(client, false);
      client.ping();
    }
  }, parts.pingIntervalMs ?? PING_INTERVAL_MS);
  pinging.unref();

  return {
    upgrade(request, socket, head) {
      try {
        const { host, origin, authorization } = request.headers;
        parts.access.checkSource({ host, origin });
        parts.access.checkToken({ authorization, protocols: request.headers['sec-websocket-protocol'] });
        if (request.url?.split('?')[0] !== '/api/stream') {
          throw new LiveDbError({ code: 'not-found', message: 'The stream is at /api/stream.' });
        }
        if (server.clients.size >= MAX_CLIENTS) {
          throw new LiveDbError({
            code: 'busy',
            message: `${MAX_CLIENTS} clients are connected already.`,
            remedy: 'Close one of them.',
          });
        }
        const app = parts.app();
        server.handleUpgrade(request, socket, head, (client) => serve(client, app));
      } catch (error) {
        refuse(socket, error);
      }
    },
    clients: () => server.clients.size,
    close() {
      clearInterval(pinging);
      for (const client of server.clients) client.close(GOING_AWAY, 'LiveDB is closing');
      // Those that do not answer the close at once are not waited for.
      setTimeout(() => {
        for (const client of server.clients) client.terminate();
      }, 500).unref();
      server.close();
    },
  };
}
