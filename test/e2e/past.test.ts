// The past in a real Chromium against the built app: scrubbed to, annotated, compared, exported and opened again.
import type { Browser, Page } from 'playwright';
import { expect as seen } from 'playwright/test';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { browserSuite, launchChromium, openPage, violations } from '../support/chromium.ts';
import { type ControlRoom, startControlRoom } from '../support/control-room.ts';

const RECORDED_MS = 20_000;
/** A busy machine draws a page in its own time. */
const see = seen.configure({ timeout: 20_000 });

browserSuite('the past in Chromium', () => {
  let room: ControlRoom;
  let browser: Browser;
  let page: Page;
  /** When the writer was stopped for a while: a state that the past must show. */
  let stoppedAt: number;

  beforeAll(async () => {
    room = await startControlRoom({ args: ['--run'] });
    const started = Date.now();
    await room.until('events flow', (s) => s.ledger.processed > 50, 100_000);
    await room.execute('stage.stop', { stage: 'writer' });
    stoppedAt = Date.now();
    await room.until('two seconds recorded', (s) => s.at > stoppedAt + 2_500);
    await room.execute('stage.start', { stage: 'writer' });
    await room.until('recorded for a while', (s) => s.at - started > RECORDED_MS, 40_000);
    browser = await launchChromium();
    ({ page } = await openPage(browser, room));
    await see(page.getByRole('slider', { name: 'Time shown in the charts' })).toBeVisible();
  }, 220_000);
  afterAll(async () => {
    await browser?.close();
    expect(await room.close()).toBe(0);
  });

  const past = () => page.getByRole('region', { name: 'The past' });

  /** Moves the room to a moment, second by second, with the bar's own buttons. */
  async function scrubTo(at: number) {
    const slider = page.getByRole('slider', { name: 'Time shown in the charts' });
    await slider.focus();
    await page.keyboard.press('ArrowLeft');
    await see(past()).toBeVisible();
    const shown = async () => Number(await slider.getAttribute('aria-valuenow')) * 1000;
    for (let moves = 0; Math.abs((await shown()) - at) > 1_000 && moves < 200; moves += 1) {
      const before = await shown();
      const step = Math.abs(before - at) > 12_000 ? '10 seconds' : 'One second';
      await past()
        .getByRole('button', { name: `${step} ${before > at ? 'earlier' : 'later'}` })
        .click();
      await see.poll(shown).not.toBe(before);
    }
  }

  it('shows states and counters as they were, with nothing to press, while live goes on', async () => {
    const then = (await room.execute('moment.at', { at: stoppedAt + 2_000 })).snapshot;
    expect(then.stages.writer.state).toBe('stopped');
    await scrubTo(stoppedAt + 2_000);
    await see(past()).toContainText('As it was at');
    await see(page.getByRole('region', { name: 'Ledger' })).toContainText(
      then.ledger.processed.toLocaleString('en-US'),
    );
    const start = page.getByRole('button', { name: 'Start writer' }).first();
    await see(start).toBeVisible();
    await see(start).toBeDisabled();
    await see(page.getByRole('button', { name: 'Stop producer' }).first()).toBeDisabled();
    expect((await room.snapshot()).stages.writer.state).toBe('running');
    // The tooltip of the button under the pointer stands beside all landmarks.
    await page.mouse.move(2, 2);
    await see(page.getByRole('tooltip')).toHaveCount(0);
    expect(await violations(page)).toEqual([]);

    await past().getByRole('button', { name: 'Back to live' }).click();
    await see(past()).toBeHidden();
    await see(page.getByRole('button', { name: 'Stop writer' }).first()).toBeEnabled();
  }, 180_000);

  it('offers for a stretch picked by keyboard to look closer, replay, compare, annotate and export', async () => {
    const plot = page.getByRole('img', { name: /^Throughput, per/ });
    await plot.focus();
    await page.keyboard.press('ArrowLeft');
    for (let press = 0; press < 5; press += 1) await page.keyboard.press('Shift+ArrowLeft');
    await page.keyboard.press('Enter');
    for (const name of ['Look closer', 'Replay this…', 'Compare…', 'Annotate…']) {
      await see(page.getByRole('menuitem', { name })).toBeVisible();
    }
    await page.getByRole('menuitem', { name: 'Annotate…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Annotate' });
    await dialog.getByRole('textbox', { name: 'Text' }).fill('a deploy');
    await dialog.getByRole('button', { name: 'Annotate' }).click();
    await see(dialog).toBeHidden();
    const [note] = await room.execute('annotation.list', {});
    expect(note).toMatchObject({ text: 'a deploy', until: expect.any(Number) });
    await see(page.getByTitle(/a deploy$/)).toBeAttached();
  }, 120_000);

  it('compares two stretches: drawn over each other, and in figures', async () => {
    await page.getByRole('button', { name: 'The past: annotate, compare, export' }).click();
    const picture = page.waitForEvent('download');
    await page.getByRole('menuitem', { name: 'All charts as one PNG' }).click();
    expect((await picture).suggestedFilename()).toMatch(/^livedb-charts-.*\.png$/);
    await page.getByRole('button', { name: 'The past: annotate, compare, export' }).click();
    await page.getByRole('menuitem', { name: /Compare two stretches/ }).click();
    const dialog = page.getByRole('dialog', { name: 'Compare' });
    await see(dialog.getByRole('row', { name: /^Processed/ })).toBeVisible();
    await see(dialog.getByRole('img', { name: /before and after/ })).toBeVisible();
    await page.keyboard.press('Escape');
    await see(dialog).toBeHidden();
  }, 120_000);

  it('finds a row of a window of results, and shows its life', async () => {
    const plot = page.getByRole('img', { name: /^Events by/ });
    const box = await plot.boundingBox();
    if (box === null) throw new Error('The chart has no place.');
    await plot.click({ position: { x: box.width - 60, y: 40 } });
    await page.getByRole('menuitem', { name: /X-ray a row/ }).click();
    const dialog = page.getByRole('dialog', { name: 'Row X-ray' });
    await dialog.getByRole('region', { name: 'Rows of the window' }).getByRole('button').first().click();
    await see(dialog.getByText(/committed/i).first()).toBeVisible({ timeout: 20_000 });
    await page.keyboard.press('Escape');
  }, 120_000);

  it('exports a bundle, takes it in again, and opens it as a past to look at', async () => {
    const now = Date.now();
    const bundle = await room.execute('bundle.export', { from: now - RECORDED_MS, to: now });
    const address = new URL(`api/bundle/${bundle.name}`, room.ready.url);
    const headers = { authorization: `Bearer ${room.ready.token}` };
    const file = await (await fetch(address, { headers })).arrayBuffer();
    expect(file.byteLength).toBe(bundle.bytes);
    expect((await fetch(address, { method: 'PUT', headers, body: file })).status).toBe(409);
    expect((await fetch(address)).status).toBe(401);
    await room.execute('bundle.delete', { name: bundle.name, confirm: bundle.name });
    expect((await fetch(address, { headers })).status).toBe(404);
    const garbage = await fetch(address, { method: 'PUT', headers, body: 'no bundle' });
    expect([garbage.status, (await garbage.json()).error.code]).toEqual([422, 'bundle.invalid']);
    expect((await fetch(address, { method: 'PUT', headers, body: file })).status).toBe(200);

    await page.getByRole('button', { name: 'The past: annotate, compare, export' }).click();
    await page.getByRole('menuitem', { name: /Bundles/ }).click();
    await page
      .getByRole('dialog', { name: 'Bundles' })
      .getByRole('table')
      .getByRole('button', { name: 'Open', exact: true })
      .click();
    await see(past()).toContainText(bundle.name);
    await see(past()).toContainText('A recorded run');
    await past().getByRole('button', { name: 'Back to live' }).click();
    await see(past()).toBeHidden();
  }, 120_000);
});
