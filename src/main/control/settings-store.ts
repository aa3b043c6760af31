// Settings of the data folder: settings.json, checked against the schema, saved whole and atomically. A file that does
// not parse is moved aside and the defaults are taken. app.ts opens it; commands change it.
import { existsSync, readFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { badRequest, LiveDbError } from '../../shared/errors.ts';
import { DEFAULT_SETTINGS, Settings, type SettingsChange } from '../../shared/settings.ts';

export interface SettingsStore {
  current(): Settings;
  /** Only the named fields change. Checked whole, saved, then in force; a refusal or a failed save changes nothing. */
  change(change: z.infer<typeof SettingsChange>): Promise<Settings>;
  /** What they would be. Throws as `change` does. */
  would(change: z.infer<typeof SettingsChange>): Settings;
  /** For this run only: what the command line or the environment asks for. Becomes part of the next save. */
  override(change: z.infer<typeof SettingsChange>): void;
  reset(): Promise<Settings>;
}

export interface OpenedSettings {
  store: SettingsStore;
  /** What was wrong with the file that stood there, in one sentence; null when all was well. */
  fault: { cause: string; movedTo: string } | null;
}

const FILE = 'settings.json';

export async function openSettings(dataDir: string, now: () => number): Promise<OpenedSettings> {
  const path = join(dataDir, FILE);
  const read = readSettings(path);
  let settings = read.settings;
  let fault: OpenedSettings['fault'] = null;
  if (read.fault !== null) {
    const aside = `${path}.refused-${now()}`;
    await rename(path, aside);
    fault = { cause: read.fault, movedTo: aside };
  }

  // One change at a time: two at once would each save its own half.
  let last: Promise<unknown> = Promise.resolve();
  const serial = <T>(action: () => Promise<T>): Promise<T> => {
    const next = last.then(action, action);
    last = next.catch(() => undefined);
    return next;
  };

  const put = async (next: Settings) => {
    await saveAtomically(path, `${JSON.stringify(next, null, 2)}\n`);
    settings = next;
    return next;
  };

  return {
    fault,
    store: {
      current: () => settings,
      change: (change) => serial(() => put(merged(settings, change))),
      would: (change) => merged(settings, change),
      override(change) {
        settings = merged(settings, change);
      },
      reset: () => serial(() => put(DEFAULT_SETTINGS)),
    },
  };
}

function readSettings(path: string): { settings: Settings; fault: string | null } {
  if (!existsSync(path)) return { settings: DEFAULT_SETTINGS, fault: null };
  try {
    const parsed = Settings.safeParse(withDefaults(JSON.parse(readFileSync(path, 'utf8'))));
    if (parsed.success) return { settings: parsed.data, fault: null };
    return { settings: DEFAULT_SETTINGS, fault: badRequest(parsed.error).message };
  } catch (error) {
    return { settings: DEFAULT_SETTINGS, fault: LiveDbError.dataOf(error).message };
  }
}

/** A file of an older LiveDB lacks the newer settings: they get their defaults. */
function withDefaults(raw: unknown): unknown {
  return isPlain(raw) ? merge(DEFAULT_SETTINGS, raw) : raw;
}

function merged(settings: Settings, change: z.infer<typeof SettingsChange>): Settings {
  const parsed = Settings.safeParse(merge(settings, change));
  if (!parsed.success) throw new LiveDbError(badRequest(parsed.error));
  return parsed.data;
}

/**
 * Objects are merged field by field, everything else is replaced; `undefined` leaves a field as it is. A window is
 * replaced whole, because its fields depend on its kind.
 */
export function merge(base: unknown, change: unknown): unknown {
  if (change === undefined) return base;
  if (!isPlain(base) || !isPlain(change) || 'kind' in change) return change;
  const out: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(change)) out[key] = merge(base[key], value);
  return out;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Old content or new content, never half of one: temp file, fsync, rename. */
export async function saveAtomically(path: string, text: string): Promise<void> {
  const temp = `${path}.tmp`;
  try {
    const file = await open(temp, 'w', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temp, path);
  } catch (error) {
    const data = LiveDbError.dataOf(error);
    throw new LiveDbError(
      {
        code: 'settings.not-saved',
        message: `The settings could not be saved: ${data.message}`,
        remedy: 'Check that the data folder is writable and that the disk has room; nothing was changed.',
      },
      { cause: error },
    );
  }
}
