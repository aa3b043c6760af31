// A real Chromium for the end-to-end tests of the page, where `npm test` found or fetched one; without it their suites are
// left out.
import AxeBuilder from '@axe-core/playwright';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright';
import { describe } from 'vitest';
import type { ControlRoom } from './control-room.ts';

const executablePath = process.env.LIVEDB_CHROMIUM;

export const browserSuite = executablePath === undefined ? describe.skip : describe;

export function launchChromium(): Promise<Browser> {
  // Chromium's sandbox does not work for root.
  return chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
}

/** The page of a control room, with cookies and storage of its own. */
export async function openPage(
  browser: Browser,
  room: ControlRoom,
): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: 'dark' });
  const page = await context.newPage();
  await page.goto(room.ready.open);
  await page.getByRole('region', { name: 'Pipeline' }).waitFor();
  return { context, page };
}

/** What axe finds against accessibility on the page, or in a part of it: rule and places. */
export async function violations(page: Page, part: string | null = null): Promise<string[]> {
  const axe = new AxeBuilder({ page });
  const found = await (part === null ? axe : axe.include(part)).analyze();
  return found.violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`,
  );
}
