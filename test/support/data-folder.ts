// A data folder of its own for one test, removed afterwards together with what root's PostgreSQL keeps elsewhere.
import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export interface DataFolder extends Disposable {
  dataDir: string;
  logDir: string;
}

/** `closed`: as /root is, so that the account of root's PostgreSQL cannot reach it. */
export function makeDataFolder(name: string, options: { closed?: boolean } = {}): DataFolder {
  const dataDir = mkdtempSync(join(tmpdir(), `livedb-${name}-`));
  if (options.closed !== true) chmodSync(dataDir, 0o755);
  return {
    dataDir,
    logDir: join(dataDir, 'logs'),
    [Symbol.dispose]() {
      rmSync(dataDir, { recursive: true, force: true });
      const elsewhere = createHash('sha256').update(resolve(dataDir)).digest('hex').slice(0, 16);
      rmSync(join('/var/lib/livedb', elsewhere), { recursive: true, force: true });
    },
  };
}
