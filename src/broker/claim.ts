// The claim on the broker's data folder: a local socket that the operating system frees with the process, however that
// ends. A broker left over by a killed run keeps it until it is gone itself; two never write the same files.
import { createHash } from 'node:crypto';
import { rmSync, statSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LiveDbError } from '../shared/errors.ts';

/** A broker whose parent died ends itself within 3 s. */
const PATIENCE_MS = 8_000;
const RETRY_MS = 100;

/** An address that stands for the folder itself (its inode), not for one of its names. */
function addressOf(folder: string): string {
  const { dev, ino } = statSync(folder, { bigint: true });
  const name = `livedb-kafka-${createHash('sha256').update(`${dev}:${ino}:${folder}`).digest('hex').slice(0, 24)}`;
  if (process.platform === 'win32') return `\\\\.\\pipe\\${name}`;
  // Linux has sockets without a file, which cannot be left over.
  return process.platform === 'linux' ? `\0${name}` : join(tmpdir(), `${name}.sock`);
}

function listen(address: string): Promise<Server | null> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(null);
      else reject(error);
    });
    server.listen(address, () => resolve(server));
  });
}

function isAnswered(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(address);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
}

export interface Claim {
  release(): void;
}

/**
 * Claims the folder; waits for a leftover broker to end, calling `waiting` once. Throws `kafka.data-folder-held` when
 * it does not end in time.
 */
export async function claimFolder(folder: string, waiting: () => void): Promise<Claim> {
  const address = addressOf(folder);
  const until = performance.now() + PATIENCE_MS;
  for (let said = false; ; ) {
    const server = await listen(address);
    if (server !== null) return { release: () => server.close() };
    // A socket file outlives a killed process: nobody answers there.
    const hasFile = process.platform !== 'linux' && process.platform !== 'win32';
    if (hasFile && !(await isAnswered(address))) {
      rmSync(address, { force: true });
      continue;
    }
    if (performance.now() > until) {
      throw new LiveDbError({
        code: 'kafka.data-folder-held',
        message: `Another broker is still using ${folder}.`,
        remedy:
          'End the other LiveDB that uses this data folder, or start this one with another --data folder.',
      });
    }
    if (!said) waiting();
    said = true;
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}
