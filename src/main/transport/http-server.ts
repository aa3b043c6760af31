// The loopback server of the browser edition: page, API and stream behind one port and one token. Opened by browser.ts
// before the control plane, so that a port that is taken is known before anything has started.
import { createServer, type Server } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { TOKEN_FRAGMENT } from '../../shared/bridge.ts';
import { LiveDbError } from '../../shared/errors.ts';
import type { App } from '../app-api.ts';
import { createAccess, newToken } from './access.ts';
import { httpRoutes } from './http-routes.ts';
import { OneTimeCodes } from './one-time-codes.ts';
import { openPageFiles } from './page-files.ts';
import { openStream } from './stream.ts';

/** The usual port, so that a bookmark works; a free one is taken when it is not to be had and none was asked for. */
export const DEFAULT_PORT = 5640;
const LOOPBACK = '127.0.0.1';
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 60_000;

export interface HttpServerOptions {
  /** Port asked for (0: a free one), or null for the usual one. */
  port: number | null;
  /** Folder of the built page. */
  pageDir: string;
  token?: string;
  pingIntervalMs?: number;
}

export interface HttpServer {
  port: number;
  /** `http://127.0.0.1:PORT/` */
  url: string;
  token: string;
  /** The address to open in a browser, its token in the fragment. */
  open: string;
  /** An address that opens the page once within a minute, without showing the token on a command line. */
  openOnce(): string;
  /** Requests are answered with `starting` (503) until the control plane is attached. */
  attach(app: App): void;
  close(): Promise<void>;
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((settle, reject) => {
    server.once('error', reject);
    server.listen(port, LOOPBACK, () => {
      server.off('error', reject);
      const address = server.address();
      settle(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

function portError(port: number, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (code === 'EADDRINUSE') {
    return new LiveDbError({
      code: 'port-taken',
      message: `Port ${port} is taken by another program.`,
      remedy: 'Stop that program, or choose another port with --port N (0 takes a free one).',
    });
  }
  if (code === 'EACCES') {
    return new LiveDbError({
      code: 'port-refused',
      message: `The system does not let LiveDB listen on port ${port}.`,
      remedy: 'Choose a port above 1023 with --port N (0 takes a free one).',
    });
  }
  return error;
}

async function listenAnywhere(server: Server, asked: number | null): Promise<number> {
  try {
    return await listen(server, asked ?? DEFAULT_PORT);
  } catch (error) {
    if (asked !== null) throw portError(asked, error);
    return await listen(server, 0);
  }
}

/** Listens on 127.0.0.1. Throws LiveDbError `port-taken` or `port-refused` when a port was asked for. */
export async function openHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const token = options.token ?? newToken();
  const codes = new OneTimeCodes();
  let port = 0;
  let attached: App | null = null;
  const app = () => {
    if (attached !== null) return attached;
    throw new LiveDbError({
      code: 'starting',
      message: 'LiveDB is starting.',
      remedy: 'Ask again in a moment.',
    });
  };
  const access = createAccess(token, () => port);
  const routes = httpRoutes({
    app,
    access,
    codes,
    token,
    page: openPageFiles(options.pageDir),
    port: () => port,
  });
  const stream = openStream({ app, access, pingIntervalMs: options.pingIntervalMs });
  const listener = getRequestListener(routes.fetch, { overrideGlobalObjects: false });
  const server = createServer(
    { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS },
    (request, response) => void listener(request, response),
  );
  server.on('upgrade', stream.upgrade);
  port = await listenAnywhere(server, options.port);
  const url = `http://${LOOPBACK}:${port}/`;
  return {
    port,
    url,
    token,
    open: `${url}#${TOKEN_FRAGMENT}=${token}`,
    openOnce: () => `${url}open/${codes.create()}`,
    attach(control) {
      attached = control;
    },
    close: () =>
      new Promise((settle) => {
        stream.close();
        server.close(() => settle());
        server.closeIdleConnections();
        setTimeout(() => server.closeAllConnections(), 500).unref();
      }),
  };
}
