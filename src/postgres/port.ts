// Chooses the server's port: the one asked for or the one of the last time when it is free, else another.
import { createServer } from 'node:net';
import { LiveDbError } from '../shared/errors.ts';

/**
 * Below the range that systems take outgoing ports from (Linux 32768, Windows and macOS 49152): while the server is
 * down, a client that knocks again and again could otherwise be given the very port it knocks at, and meet itself.
 */
const FIRST = 20_000;
const LAST = 32_000;
const TRIES = 50;

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(false);
      else reject(error);
    });
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** `wanted` in order of preference; `random` in [0, 1). Throws LiveDbError when nothing at all is free. */
export async function choosePort(wanted: readonly (number | null)[], random = Math.random): Promise<number> {
  for (const port of wanted) if (port !== null && (await isFree(port))) return port;
  for (let tried = 0; tried < TRIES; tried++) {
    const port = FIRST + Math.floor(random() * (LAST - FIRST));
    if (await isFree(port)) return port;
  }
  throw new LiveDbError({
    code: 'postgres.port',
    message: `No free port was found for PostgreSQL on 127.0.0.1 between ${FIRST} and ${LAST}.`,
    remedy: 'Close programs that listen on many ports, and start again.',
  });
}
