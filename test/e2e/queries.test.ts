// Queries and their states by keyboard alone, in a real Chromium against the built app: a hopping query is made, looked
// at before it goes live, watched, paused, resumed and dropped; a savepoint is made and gone back to.
import type { Browser, Page } from 'playwright';
import { expect as promptly } from 'playwright/test';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Snapshot } from '../../src/shared/snapshot.ts';
import { browserSuite, launchChromium, openPage, violations } from '../support/chromium.ts';
import { type ControlRoom, startControlRoom } from '../support/control-room.ts';
import { press, tabTo, type } from '../support/keyboard.ts';

/** Patient, because what is waited for goes through every process of the pipeline. */
const see = promptly.configure({ timeout: 20_000 });

const lineOf = (s: Snapshot, name: string) => s.stages.processor.lines.find(({ query }) => query === name);
const sideOf = (s: Snapshot, name: string) =>
  s.settings.processor.queries.find(({ spec }) => spec.name === name);

browserSuite('queries by keyboard', () => {
  let room: ControlRoom;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    room = await startControlRoom({ args: ['--run'] });
    browser = await launchChromium();
    ({ page } = await openPage(browser, room));
    await room.execute('processor.configure', { query: { window: { kind: 'tumbling', sizeMs: 2_000 } } });
    // Something to preview: windows have closed.
    await room.until('results', (s) => s.stages.processor.results > 0, 60_000);
  });
  afterAll(async () => {
    await browser?.close();
    expect(await room.close()).toBe(0);
  });

  async function command(words: string): Promise<void> {
    await page.keyboard.press('Control+K');
    await see(page.getByRole('combobox', { name: 'Command' })).toBeFocused();
    await page.keyboard.type(words);
    await page.keyboard.press('Enter');
  }

  it('makes a hopping query: validated as one types, with its SQL, previewed, then put live', async () => {
    await command('new query');
    const dialog = page.getByRole('dialog', { name: 'Queries' });
    await see(dialog.getByRole('textbox', { name: 'Name' })).toBeFocused();
    await page.keyboard.press('ControlOrMeta+A');
    await page.keyboard.type('hops');
    await tabTo(page, dialog.getByRole('radio', { name: 'Tumbling' }));
    await page.keyboard.press('ArrowRight');
    await see(dialog.getByRole('radio', { name: 'Hopping' })).toBeChecked();
    await type(page, dialog.getByRole('textbox', { name: 'Size' }), '6 s');
    await type(page, dialog.getByRole('textbox', { name: 'Slide' }), '4 s');
    const live = dialog.getByRole('button', { name: 'Put live' });
    await see(dialog).toContainText('whole multiple of the slide');
    await see(live).toBeDisabled();
    await type(page, dialog.getByRole('textbox', { name: 'Slide' }), '2 s');
    await see(live).toBeEnabled();
    await see(dialog.getByRole('region', { name: 'SQL for Flink' })).toContainText(
      "HOP(TABLE `db_live_events`, DESCRIPTOR(ts), INTERVAL '2' SECOND, INTERVAL '6' SECOND)",
    );

    const preview = dialog.getByRole('region', { name: 'Preview' });
    await press(page, preview.getByRole('button', { name: 'Run preview' }));
    await see(preview).toContainText(/[1-9][\d,]* events, [1-9][\d,]* windows/, { timeout: 60_000 });
    await see(preview.getByRole('img', { name: /count by org, 6 s each 2 s/ })).toBeVisible();
    expect(await violations(page)).toEqual([]);
    // Nothing of it was published or kept.
    expect((await room.execute('query.list', {})).map(({ spec }) => spec.name)).toEqual(['live']);

    await press(page, live);
    const running = await room.until(
      'results of the query',
      (s) => (lineOf(s, 'hops')?.results ?? 0) > 0,
      30_000,
    );
    expect(sideOf(running, 'hops')?.spec.window).toEqual({ kind: 'hopping', sizeMs: 6_000, slideMs: 2_000 });
    await see(dialog.getByRole('region', { name: 'Query hops' })).toContainText('running');
    expect(await violations(page)).toEqual([]);
  }, 180_000);

  it('shows its results in the charts', async () => {
    await page.keyboard.press('Escape');
    const choice = page.getByRole('combobox', { name: 'Query whose results are shown' });
    await tabTo(page, choice);
    await page.keyboard.type('hops');
    await see(page.getByRole('article', { name: 'Amount by org' })).toContainText('sum per 6 s');
  }, 90_000);

  it('pauses, resumes and drops it, and asks what becomes of its state', async () => {
    await page.keyboard.press('Escape');
    await command('queries');
    const dialog = page.getByRole('dialog', { name: 'Queries' });
    await press(page, dialog.getByRole('button', { name: /^hops/ }));
    await press(page, dialog.getByRole('button', { name: 'Pause query…' }));
    const pause = dialog.getByRole('form', { name: 'Pause query hops' });
    await see(pause.getByRole('radio', { name: 'Keep it' })).toBeFocused();
    // Escape takes back the question, not the dialog.
    await page.keyboard.press('Escape');
    await see(pause).toBeHidden();
    await press(page, dialog.getByRole('button', { name: 'Pause query…' }));
    await see(pause.getByRole('radio', { name: 'Keep it' })).toBeFocused();
    await page.keyboard.press('Enter');
    await room.until('paused', (s) => sideOf(s, 'hops')?.paused === true);
    await see(dialog.getByRole('region', { name: 'Query hops' })).toContainText('paused');
    const { results } = lineOf(await room.snapshot(), 'hops') ?? { results: 0 };

    await press(page, dialog.getByRole('button', { name: 'Resume query…' }));
    await see(dialog.getByRole('radio', { name: 'Where it stopped' })).toBeFocused();
    await page.keyboard.press('Enter');
    await room.until('more results', (s) => (lineOf(s, 'hops')?.results ?? 0) > results, 60_000);

    await press(page, dialog.getByRole('button', { name: 'Drop query…' }));
    await see(dialog.getByRole('radio', { name: 'Keep it as a savepoint' })).toBeFocused();
    await page.keyboard.press('ArrowDown');
    await see(dialog.getByRole('radio', { name: 'Drop it too' })).toBeChecked();
    await page.keyboard.press('Enter');
    await room.until('dropped', (s) => sideOf(s, 'hops') === undefined && lineOf(s, 'hops') === undefined);
    await see(dialog.getByRole('region', { name: 'Query live' })).toBeVisible();
    await page.keyboard.press('Escape');
  }, 180_000);

  it('makes a savepoint and goes back to it; nothing is lost or doubled by that', async () => {
    await command('savepoints');
    const dialog = page.getByRole('dialog', { name: 'Checkpoints and savepoints' });
    await type(page, dialog.getByRole('textbox', { name: 'Name of a new savepoint' }), 'one');
    await page.keyboard.press('Enter');
    await see(dialog.getByRole('button', { name: 'Restore savepoint one' })).toBeVisible();
    await see(dialog.getByRole('slider', { name: 'Checkpoints' })).toBeVisible();
    expect(await violations(page)).toEqual([]);
    const made = await room.snapshot();
    await room.until('more events', (s) => s.stages.processor.events > made.stages.processor.events + 100);

    await press(page, dialog.getByRole('button', { name: 'Restore savepoint one' }));
    await see(dialog.getByRole('region', { name: /^Restore this state/ })).toContainText(
      /reads [\d,]+ events once more/,
    );
    await press(page, dialog.getByRole('button', { name: 'Restore this state' }));
    await see(dialog.getByRole('button', { name: /^Restore savepoint before-restore/ })).toBeVisible();
    const before = (await room.snapshot()).stages.processor.results;
    const after = await room.until('windows close again', (s) => s.stages.processor.results > before, 60_000);
    expect(after.ledger).toMatchObject({ missing: 0, duplicates: 0 });

    await press(page, dialog.getByRole('button', { name: 'Delete savepoint one' }));
    await press(page, dialog.getByRole('button', { name: 'Delete savepoint', exact: true }));
    await see(dialog.getByRole('button', { name: 'Restore savepoint one' })).toBeHidden();
    await page.keyboard.press('Escape');
  }, 180_000);
});
