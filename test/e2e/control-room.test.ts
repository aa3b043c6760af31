// The control room in a real Chromium against the built app: what a person does, by accessible names.
import type { Browser, BrowserContext, Page } from 'playwright';
import { expect as see } from 'playwright/test';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { browserSuite, launchChromium, openPage, violations } from '../support/chromium.ts';
import { type ControlRoom, startControlRoom } from '../support/control-room.ts';

browserSuite('the control room in Chromium', () => {
  let room: ControlRoom;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;

  beforeAll(async () => {
    room = await startControlRoom({ args: ['--run'] });
    browser = await launchChromium();
    await room.until(
      'all running',
      (s) => Object.values(s.stages).every((stage) => stage.state === 'running'),
      30_000,
    );
  });
  afterAll(async () => {
    await browser?.close();
    expect(await room.close()).toBe(0);
  });
  beforeEach(async () => {
    ({ context, page } = await openPage(browser, room));
  });
  afterEach(() => context.close());

  it.each(['writer', 'producer', 'processor'] as const)('stops and starts the %s', async (stage) => {
    await page
      .getByRole('button', { name: `Stop ${stage}` })
      .first()
      .click();
    await see(page.getByRole('button', { name: `Start ${stage}` }).first()).toBeVisible();
    expect(
      (await room.until('stopped', (s) => s.stages[stage].state === 'stopped')).stages[stage].pid,
    ).toBeNull();
    await page
      .getByRole('button', { name: `Start ${stage}` })
      .first()
      .click();
    await see(page.getByRole('button', { name: `Stop ${stage}` }).first()).toBeVisible();
    await room.until('running', (s) => s.stages[stage].state === 'running');
  });

  it('tunes the rate, and the achieved rate follows', async () => {
    await page
      .getByRole('button', { name: /^Writer/ })
      .first()
      .click();
    const burst = page.getByRole('textbox', { name: 'Rows per burst' });
    await burst.fill('40');
    await burst.press('Enter');
    await room.until('target 400 rows/s', (s) => s.settings.writer.rowsPerBurst === 40);
    await room.until(
      'achieved near 400 rows/s',
      (s) => Math.abs(s.stages.writer.rate.achieved - 400) < 40,
      20_000,
    );
    const slider = page.getByRole('slider', { name: 'Writer rate' });
    await slider.focus();
    await slider.press('ArrowRight');
    await room.until('the slider moved the target', (s) => (s.stages.writer.rate.target ?? 0) !== 400);
  });

  it('kills a stage and watches it come back', async () => {
    const before = await room.snapshot();
    await page
      .getByRole('button', { name: /^Producer/ })
      .first()
      .click();
    await page.getByRole('button', { name: 'Kill producer' }).first().click();
    const confirm = page.getByRole('dialog').getByRole('button', { name: /Kill/ });
    if (await confirm.isVisible().catch(() => false)) await confirm.click();
    await room.until(
      'killed and back',
      (s) =>
        s.stages.producer.restarts > before.stages.producer.restarts && s.stages.producer.state === 'running',
    );
    await see(page.getByRole('region', { name: 'Incidents' })).toContainText(/producer/i);
  });

  it('previews and runs a replay beside the live line', async () => {
    await page.getByRole('button', { name: 'Replay…' }).first().click();
    const dialog = page.getByRole('dialog', { name: /Replay/ });
    await see(dialog).toBeVisible();
    await dialog
      .getByRole('radio', { name: /beginning/i })
      .first()
      .check({ force: true });
    await see(dialog).toContainText(/[\d,]+ events/);
    await dialog.getByRole('button', { name: /^Start replay/ }).click();
    const done = await room.until(
      'replay done',
      (s) => s.replays.some((replay) => replay.state === 'done'),
      30_000,
    );
    expect(done.ledger.duplicates).toBe(0);
    await page.keyboard.press('Escape');
    await see(dialog).toBeHidden();
  });

  it('keeps showing the truth after a reload and in two windows at once', async () => {
    const second = await context.newPage();
    await second.goto(room.ready.open);
    await page.reload();
    for (const window of [page, second])
      await see(window.getByRole('button', { name: 'Stop writer' }).first()).toBeVisible();
    await second.getByRole('button', { name: 'Stop writer' }).first().click();
    await see(page.getByRole('button', { name: 'Start writer' }).first()).toBeVisible();
    await page.getByRole('button', { name: 'Start writer' }).first().click();
    await see(second.getByRole('button', { name: 'Stop writer' }).first()).toBeVisible();
  });

  it.each(['dark', 'light'] as const)(
    'has no accessibility violations in the %s theme',
    async (colorScheme) => {
      await page.emulateMedia({ colorScheme });
      expect(await violations(page)).toEqual([]);
    },
  );

  it.each([1024, 1440, 2560])('does not scroll sideways at %i px', async (width) => {
    await page.setViewportSize({ width, height: width === 1024 ? 700 : 900 });
    expect(
      await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth),
    ).toBeLessThanOrEqual(0);
  });

  it('says that the connection is gone when LiveDB ends, and comes back with it', async () => {
    const other = await startControlRoom({ args: ['--no-run'] });
    const lost = await context.newPage();
    await lost.goto(other.ready.open);
    await see(lost.getByRole('region', { name: 'Pipeline' })).toBeVisible();
    await other.close();
    await see(lost.getByText(/disconnected|connection lost/i).first()).toBeVisible();
  });
});
