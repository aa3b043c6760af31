// A person without a mouse: moves the focus and presses keys, nothing else. Used by the end-to-end tests of dialogs.
import type { Locator, Page } from 'playwright';

/** More stops than this between two fields would be a fault of the page. */
const MOST_STOPS = 150;

/** Presses Tab until `wanted`, or something in it, has the focus; waits until it is there. */
export async function tabTo(page: Page, wanted: Locator): Promise<void> {
  await wanted.first().waitFor({ state: 'attached' });
  for (let stop = 0; stop < MOST_STOPS; stop += 1) {
    if (await hasFocus(wanted)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not reach ${wanted} within ${MOST_STOPS} stops.`);
}

/** Goes to a group of radios and moves with the arrow keys to the one whose label begins with `name`. */
export async function choose(page: Page, group: Locator, name: string): Promise<void> {
  await tabTo(page, group);
  const wanted = group.getByRole('radio', { name }).first();
  for (let step = 0; step < 12; step += 1) {
    if (await hasFocus(wanted)) {
      if (!(await wanted.isChecked())) await page.keyboard.press('Space');
      return;
    }
    await page.keyboard.press('ArrowDown');
  }
  throw new Error(`The arrow keys do not reach "${name}".`);
}

/** Goes to a field and replaces what it holds. */
export async function type(page: Page, field: Locator, text: string): Promise<void> {
  await tabTo(page, field);
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type(text);
}

/** Goes to a button and presses Enter. */
export async function press(page: Page, button: Locator): Promise<void> {
  await tabTo(page, button);
  await page.keyboard.press('Enter');
}

/** Goes to a switch and turns it. */
export async function turn(page: Page, item: Locator): Promise<void> {
  await tabTo(page, item);
  await page.keyboard.press('Space');
}

function hasFocus(wanted: Locator): Promise<boolean> {
  return wanted.evaluateAll((found) => found.some((one) => one.contains(one.ownerDocument.activeElement)));
}
