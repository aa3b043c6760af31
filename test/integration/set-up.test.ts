// The set-up without a network, from outside: the same script that `npm start` runs, in a copy without packages.
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
let folder = '';
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function start(
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<{ code: number | null; stderr: string; stdout: string }> {
  return new Promise((done) => {
    const child = execFile(
      process.execPath,
      ['scripts/start.mjs', '--browser'],
      { cwd, env },
      (_error, stdout, stderr) => done({ code: child.exitCode, stderr, stdout }),
    );
  });
}

it('says in one sentence that the registry cannot be reached, and leaves nothing that looks installed', async () => {
  folder = mkdtempSync(join(tmpdir(), 'livedb-offline-'));
  for (const entry of ['package.json', 'package-lock.json', 'scripts']) {
    cpSync(join(root, entry), join(folder, entry), { recursive: true });
  }
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    npm_config_registry: 'http://127.0.0.1:1/',
    npm_config_cache: join(folder, 'cache'),
    npm_config_fetch_retries: '0',
  };
  const { code, stderr, stdout } = await start(folder, env);
  expect(code).toBe(1);
  expect(stdout).toBe('');
  const lines = stderr.trim().split('\n');
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(
    /^✘ The packages could not be downloaded: .* cannot be reached\. Connect to the network/,
  );
  expect(existsSync(join(folder, 'node_modules', '.livedb-installed'))).toBe(false);
  expect(existsSync(join(folder, '.set-up-lock'))).toBe(false);
});
