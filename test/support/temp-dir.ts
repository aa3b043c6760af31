// A temporary folder that goes away with the test: `using dir = tempDir('history')`.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export function tempDir(name: string): { path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), `livedb-${name}-`));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }) };
}
