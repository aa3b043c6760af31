// The desktop edition by Playwright's _electron, where an Electron binary is to be had; says plainly when it is not.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { _electron } from 'playwright';
import { expect as see } from 'playwright/test';
import { afterAll, describe, expect, it } from 'vitest';
import { desktopObstacle, findElectron } from '../../scripts/set-up/edition.mjs';

const root = resolve(import.meta.dirname, '../..');
const executablePath = findElectron(root);
const obstacle = desktopObstacle({ platform: process.platform, uid: process.getuid?.(), env: process.env });
const missing = executablePath === null ? 'there is no Electron binary here' : obstacle;
if (missing !== null) process.stdout.write(`Skipped: the desktop edition's end-to-end test (${missing}).\n`);

describe.skipIf(missing !== null)('the desktop edition', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'livedb-desktop-'));
  afterAll(() => rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 }));

  it('opens the control room, isolated, and ends cleanly', async () => {
    const app = await _electron.launch({
      executablePath: executablePath ?? '',
      args: [join(root, 'out/main/index.js'), '--data', dataDir],
    });
    const page = await app.firstWindow();
    await see(page.getByRole('region', { name: 'Pipeline' })).toBeVisible({ timeout: 20_000 });
    await see(page.getByRole('button', { name: 'Stop writer' }).first()).toBeVisible({ timeout: 30_000 });
    expect(await page.evaluate(() => typeof Reflect.get(globalThis, 'require'))).toBe('undefined');
    await app.close();
  });
});
