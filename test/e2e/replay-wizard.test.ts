// The replay wizard in a real Chromium, by keyboard alone, under live load: what the preview says is what then happens,
// and the live line does not notice.
import type { Browser, BrowserContext, Locator, Page } from 'playwright';
import { expect as playwrightExpect } from 'playwright/test';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { WindowResult } from '../../src/shared/event.ts';
import type { ReplayStatus } from '../../src/shared/replay.ts';
import type { Snapshot } from '../../src/shared/snapshot.ts';
import { browserSuite, launchChromium, openPage, violations } from '../support/chromium.ts';
import { type ControlRoom, startControlRoom } from '../support/control-room.ts';
import { choose, press, turn, type } from '../support/keyboard.ts';
import { compareTableAndTopic, compareWindows, sql, topicRecords } from '../support/witness.ts';

const WINDOW_MS = 1_000;
const REPUBLISHED = 3_000;
/** Pipeline, load and browser share the machine. */
const see = playwrightExpect.configure({ timeout: 20_000 });

interface Numbers {
  events: number;
  windows: number;
  partitions: { partition: number; events: number }[];
  /** Epoch ms of the first event, to the second; null where the preview names none. */
  firstAt: number | null;
  text: string;
}

browserSuite('the replay wizard, by keyboard under 2,000 rows/s', { timeout: 120_000 }, () => {
  let room: ControlRoom;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let dialog: Locator;

  beforeAll(async () => {
    room = await startControlRoom({ args: ['--run'] });
    browser = await launchChromium();
    await room.until(
      'running',
      (s) => Object.values(s.stages).every(({ state }) => state === 'running'),
      30_000,
    );
    await room.execute('processor.configure', { query: { window: { kind: 'tumbling', sizeMs: WINDOW_MS } } });
    await room.execute('writer.configure', { rowsPerBurst: 200, intervalMs: 100 });
    await room.until('20,000 rows counted', (s) => s.ledger.processed > 20_000, 40_000);
  });
  afterAll(async () => {
    await browser?.close();
    expect(await room.close()).toBe(0);
  });
  beforeEach(async () => {
    ({ context, page } = await openPage(browser, room));
    dialog = page.getByRole('dialog', { name: 'Replay' });
    await page.keyboard.press('r');
    await see(dialog).toBeVisible();
  });
  afterEach(() => context.close());

  it('branches with the same question: the preview comes true, no window differs, laid over the live chart', async () => {
    await choose(page, group('Range'), 'The last');
    await type(page, field('Duration'), '15 s');
    await see(group('Target').getByRole('radio', { name: 'Branch' })).toBeChecked();
    await type(page, field('Name of this replay'), 'same question');
    const told = await preview();
    expect(told.events).toBeGreaterThan(1_000);
    const done = await ended(await start());
    expect(done).toMatchObject({ state: 'done', target: 'branch', name: 'same question' });
    expect({ events: done.done, total: done.total, windows: done.windows }).toEqual({
      events: told.events,
      total: told.events,
      windows: told.windows,
    });
    expect(told.partitions.reduce((sum, { events }) => sum + events, 0)).toBe(told.events);
    expect(done.compared).toBeGreaterThan(10);
    expect(done.different).toBe(0);
    await see(dialog.getByText(/All [\d,]+ windows that both have are equal/)).toBeVisible();
    await turn(page, dialog.getByRole('switch', { name: 'Show on the live chart' }));
    await page.keyboard.press('Escape');
    await see(dialog).toBeHidden();
    await see(page.getByRole('img', { name: /^Amount by.*same question: / })).toBeVisible();
    await liveUnharmed();
  });

  it('branches with a question of its own, kept, named, and dropped', async () => {
    await choose(page, group('Range'), 'From the beginning');
    await choose(page, group('Question of the branch'), 'Another question');
    await turn(page, dialog.getByRole('checkbox', { name: 'Region', exact: true }));
    await turn(page, dialog.getByRole('checkbox', { name: 'Org', exact: true }));
    const told = await preview();
    const done = await ended(await start());
    expect(done.query?.groupBy).toEqual(['region']);
    expect({ events: done.done, windows: done.windows }).toEqual({
      events: told.events,
      windows: told.windows,
    });
    const results = await room.execute('replay.results', { id: done.id, limit: 10_000, order: 'time' });
    expect(results.length).toBe(told.windows);
    expect(results.reduce((sum, { replay }) => sum + (replay?.count ?? 0), 0)).toBe(told.events);
    expect(results.every(({ replay }) => replay?.group.region !== undefined)).toBe(true);

    await press(page, button('Rename'));
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type('by region');
    await page.keyboard.press('Enter');
    await room.until('renamed', (s) => s.replays.some(({ name }) => name === 'by region'));
    await see(dialog.getByRole('heading', { name: 'by region' })).toBeFocused();

    await press(page, button('Drop'));
    await see(dialog.getByRole('alertdialog')).toContainText('deleted');
    await press(page, button('Drop replay'));
    await room.until('dropped', (s) => s.replays.every(({ id }) => id !== done.id));
    await liveUnharmed();
  });

  it('rewinds the live query: revisions of the touched windows, each once, and Undo', async () => {
    await choose(page, group('Target'), 'Rewind');
    await choose(page, group('Range'), 'The last');
    // What stands published before the preview was read by then: whatever comes later is not touched.
    const before = await revisions();
    await type(page, field('Duration'), '30 s');
    const told = await preview();
    await see(previewRegion()).toContainText('→');
    const done = await ended(await start());
    expect(done).toMatchObject({ state: 'done', target: 'rewind', undoable: true });
    // What comes until the line is parked is read beside the rest, and touches no further window.
    expect(done.done).toBe(done.total);
    expect(done.total).toBeGreaterThanOrEqual(told.events);
    expect(done.windows).toBe(told.windows);
    await liveUnharmed();
    const after = await revisions();
    expect([...after.values()].filter(({ times }) => times > 1)).toEqual([]);
    // Of what stood published, the windows that the preview named and no others have one more revision.
    const again = [...before].filter(([name, { newest }]) => (after.get(name)?.newest ?? 0) > newest);
    expect(again.length).toBeGreaterThan(10);
    const starts = again.map(([, { start }]) => start);
    const first = Math.floor((told.firstAt ?? 0) / WINDOW_MS) * WINDOW_MS;
    expect(Math.min(...starts)).toBe(first);
    expect([...before.values()].filter(({ start }) => start >= first).length).toBe(again.length);

    await press(page, button('Undo rewind'));
    await see(dialog.getByRole('alertdialog')).toContainText('comes back');
    await press(page, button('Undo rewind'));
    await room.until(
      'undone',
      (s) => s.replays.some(({ id, state }) => id === done.id && state === 'undone'),
      30_000,
    );
    await liveUnharmed();
    expect([...(await revisions()).values()].filter(({ times }) => times > 1)).toEqual([]);
  });

  it('publishes rows again, each once and marked, and the live counts stay', async () => {
    await choose(page, group('Source'), 'Table rows');
    await choose(page, group('Range'), 'The last rows');
    await type(page, field('Number of rows'), '3,000');
    const told = await preview();
    expect(told.events).toBe(REPUBLISHED);
    const done = await ended(await start());
    expect(done).toMatchObject({ state: 'done', target: 'republish', done: REPUBLISHED, total: REPUBLISHED });
    await liveUnharmed();
  });

  it('pauses, resumes and cancels, and says before what that leaves', async () => {
    await choose(page, group('Range'), 'From the beginning');
    await choose(page, group('Speed'), 'Real time');
    await preview();
    const id = await start();
    await see(dialog.getByText(/left$/)).toBeVisible();
    await press(page, button('Pause'));
    const paused = await stateOf(id, 'paused');
    await press(page, button('Resume'));
    await stateOf(id, 'running');
    await press(page, button('Cancel replay'));
    await see(dialog.getByRole('alertdialog')).toContainText('kept until you drop it');
    await press(page, button('Cancel replay'));
    const cancelled = await stateOf(id, 'cancelled');
    expect(cancelled.done).toBeLessThan(cancelled.total);
    expect(cancelled.done).toBeGreaterThanOrEqual(paused.done);
    await see(dialog.getByRole('region', { name: 'Progress' })).toContainText(
      cancelled.outcome ?? 'cancelled at',
    );
    await liveUnharmed();
  });

  it('says what is missing or stands against it, and starts nothing', async () => {
    await choose(page, group('Range'), 'The last events');
    await type(page, field('Number of events'), '0');
    await see(dialog.getByRole('alert')).toContainText('1 or more');
    await see(button('Start replay')).toBeDisabled();
    const before = (await room.snapshot()).replays.length;
    await press(page, button('Start replay'));
    expect((await room.snapshot()).replays.length).toBe(before);
  });

  it('keeps what was filled in when it is left by Escape, until it starts over', async () => {
    await choose(page, group('Source'), 'Table rows');
    await choose(page, group('Range'), 'The last rows');
    await type(page, field('Number of rows'), '1,234');
    await page.keyboard.press('Escape');
    await see(dialog).toBeHidden();
    await page.keyboard.press('r');
    await see(field('Number of rows')).toHaveValue('1,234');
    await see(dialog).toContainText('as you left it');
    expect((await preview()).events).toBe(1_234);
    await press(page, button('Start over'));
    await see(group('Source').getByRole('radio', { name: 'Topic events' })).toBeFocused();
    await see(field('Duration')).toHaveValue('10 min');
    await see(button('Start over')).toBeHidden();
    await page.keyboard.press('Escape');
    await page.keyboard.press('r');
    await see(field('Duration')).toHaveValue('10 min');
  });

  it.each(['dark', 'light'] as const)(
    'has no accessibility violations in the %s theme',
    async (colorScheme) => {
      await page.emulateMedia({ colorScheme });
      await preview();
      expect(await violations(page, '[role=dialog]')).toEqual([]);
      await choose(page, group('Part of the dialog'), 'Replays');
      expect(await violations(page, '[role=dialog]')).toEqual([]);
    },
  );

  const group = (name: string) => dialog.getByRole('radiogroup', { name });
  const field = (name: string) => dialog.getByRole('textbox', { name });
  const button = (name: string) => dialog.getByRole('button', { name, exact: true });
  const previewRegion = () => dialog.getByRole('region', { name: 'Preview' });
  const bootstrap = async () => (await room.snapshot()).services.kafka.bootstrap ?? '';

  /** What the preview says once it has counted what the fields ask for. */
  async function preview(): Promise<Numbers> {
    const region = previewRegion();
    await see(region).toHaveAttribute('aria-busy', 'false');
    await see(region).toContainText(/[\d,]+ (events|rows)/);
    const text = await region.innerText();
    const rows = await region.getByRole('row').allInnerTexts();
    return {
      text,
      events: figure(/([\d,]+)\s+(?:events|rows)/, text),
      windows: /in\s+[\d,]+\s+window/.test(text) ? figure(/in\s+([\d,]+)\s+window/, text) : 0,
      firstAt: momentIn(text),
      partitions: rows.slice(1).map((row) => {
        const [partition = '', events = ''] = row.split(/\t/);
        return { partition: Number(partition), events: Number(events.replaceAll(',', '')) };
      }),
    };
  }

  /** Presses Start; answers with the id of the replay that came of it. */
  async function start(): Promise<string> {
    const known = new Set((await room.snapshot()).replays.map(({ id }) => id));
    await see(button('Start replay')).toBeEnabled();
    await press(page, button('Start replay'));
    const seen = await room.until('a new replay', (s) => s.replays.some(({ id }) => !known.has(id)));
    await see(dialog.getByRole('region', { name: 'Chosen replay' })).toBeVisible();
    return seen.replays.find(({ id }) => !known.has(id))?.id ?? '';
  }

  async function ended(id: string): Promise<ReplayStatus> {
    const over = (s: Snapshot) => s.replays.find((replay) => replay.id === id && replay.endedAt !== null);
    const seen = await room.until('the replay over', (s) => over(s) !== undefined, 40_000);
    return over(seen) ?? Promise.reject(new Error('The replay is gone.'));
  }

  async function stateOf(id: string, state: ReplayStatus['state']): Promise<ReplayStatus> {
    const find = (s: Snapshot) => s.replays.find((replay) => replay.id === id && replay.state === state);
    const seen = await room.until(state, (s) => find(s) !== undefined, 20_000);
    return find(seen) ?? Promise.reject(new Error('The replay is gone.'));
  }

  /** The live line under load: nothing lost, nothing doubled, and it still counts. */
  async function liveUnharmed(): Promise<void> {
    const { processed } = (await room.snapshot()).ledger;
    const later = await room.until('the live line counts on', (s) => s.ledger.processed > processed + 500);
    expect(later.ledger).toMatchObject({ missing: 0, duplicates: 0 });
  }

  /** Each window and group on the results topic: its newest revision, and how often at most one revision stands. */
  async function revisions() {
    const found = new Map<string, { start: number; newest: number; times: number }>();
    const counts = new Map<string, number>();
    for (const { key, value } of await topicRecords(await bootstrap(), 'db_live_results')) {
      const result = WindowResult.parse(JSON.parse(value));
      const start = Date.parse(result.window.start);
      // Windows of the query of before have another size.
      if (Date.parse(result.window.end) - start !== WINDOW_MS) continue;
      const times = (counts.get(`${key} ${result.revision}`) ?? 0) + 1;
      counts.set(`${key} ${result.revision}`, times);
      const known = found.get(key) ?? { start, newest: -1, times: 0 };
      found.set(key, {
        start,
        newest: Math.max(known.newest, result.revision),
        times: Math.max(known.times, times),
      });
    }
    return found;
  }

  it('leaves table and topic equal, and every window as SQL counts it', async () => {
    await room.execute('stage.stop', { stage: 'writer' });
    const settled = await room.until(
      'settled',
      ({ ledger }) => ledger.written === ledger.published && ledger.published === ledger.processed,
      20_000,
    );
    const url = settled.services.postgres.url ?? '';
    const compared = await compareTableAndTopic(url, await bootstrap(), 'db_live_events');
    expect(compared).toMatchObject({ lost: [], doubled: [], strange: 0 });
    // The rows published again, each once and marked: read now that the topic has an end.
    const replayed = (await topicRecords(await bootstrap(), 'db_live_events'))
      .map(({ value }) => JSON.parse(value) as { id: number; meta: { mode: string } })
      .filter(({ meta }) => meta.mode === 'replay');
    expect(replayed.length).toBe(REPUBLISHED);
    expect(new Set(replayed.map(({ id }) => id)).size).toBe(REPUBLISHED);
    const [[rows = ''] = []] = await sql(url, 'SELECT count(*) FROM livedb');
    expect(settled.ledger).toMatchObject({ written: Number(rows), missing: 0, duplicates: 0 });
    await room.until('every window closed', (s) => s.stages.processor.openWindows === 0, 30_000);
    const windows = await compareWindows(url, await bootstrap(), 'db_live_results', WINDOW_MS, Date.now());
    // The question had other windows at first: those of now begin with the first one behind it.
    const startOf = (row: string) => Number(row.split(' ')[0]);
    const first = Math.min(...windows.found.map(startOf));
    const expected = windows.expected.filter((row) => startOf(row) >= first);
    expect(expected.length).toBeGreaterThan(30);
    expect(windows.found).toEqual(expected);
    expect(windows.publishedTwice).toEqual([]);
  });
});

function figure(pattern: RegExp, text: string): number {
  return Number(pattern.exec(text)?.[1]?.replaceAll(',', '') ?? Number.NaN);
}

/** The first time that the preview names, "23 Nov, 21:05:22", as epoch ms; both ends are in the same time zone. */
function momentIn(text: string): number | null {
  const [, day, time] = /(\d{2} [A-Z][a-z]{2}), (\d{2}:\d{2}:\d{2})/.exec(text) ?? [];
  const at = Date.parse(`${day} ${new Date().getFullYear()} ${time}`);
  return Number.isFinite(at) ? at : null;
}
