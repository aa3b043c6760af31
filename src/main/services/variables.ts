// Variables of the process's environment and of `.env` in the data folder, read with care: a bad value is named with
// the place where it stands. Used by connections.ts and its two readers.
import { parse as parseDotenv } from 'dotenv';
import { LiveDbError } from '../../shared/errors.ts';
import type { ConnectionSource } from '../../shared/settings.ts';

export type Origin = 'environment' | '.env';
export interface Found {
  name: string;
  value: string;
  from: Origin;
  /** Where it stands, to complete "DB_PORT …": `in the environment`, `in .env, line 3`. */
  place: string;
}

export const MASK = '••••';

/** The variables of both places. The process's environment wins name by name; empty values count as not set. */
export class Variables {
  readonly sources: ConnectionSource[] = [];
  readonly #env: Record<string, string | undefined>;
  readonly #file: Record<string, string>;
  readonly #text: string;

  constructor(env: Record<string, string | undefined>, dotenvText: string | null) {
    this.#env = env;
    this.#text = dotenvText ?? '';
    this.#file = parseDotenv(this.#text);
  }

  /** Looks a variable up; `only` restricts it to one place. */
  find(name: string, only?: Origin): Found | null {
    const fromEnvironment = this.#env[name]?.trim();
    if (only !== '.env' && fromEnvironment !== undefined && fromEnvironment !== '') {
      return { name, value: fromEnvironment, from: 'environment', place: 'in the environment' };
    }
    const fromFile = this.#file[name]?.trim();
    if (only !== 'environment' && fromFile !== undefined && fromFile !== '') {
      return { name, value: fromFile, from: '.env', place: `in .env, line ${this.#lineOf(name)}` };
    }
    return null;
  }

  /** Like `find`, and notes the value for the settings screen (`shown` in its stead for a secret). */
  take(name: string, shown?: (value: string) => string): Found | null {
    const found = this.find(name);
    if (found !== null) this.note(name, shown === undefined ? found.value : shown(found.value), found.from);
    return found;
  }

  note(name: string, value: string, from: ConnectionSource['from']): void {
    this.sources.push({ name, value, from });
  }

  #lineOf(name: string): number {
    const start = new RegExp(`^\\s*(?:export\\s+)?${name}\\s*[=:]`);
    // dotenv takes the last of several.
    return this.#text.split('\n').findLastIndex((line) => start.test(line)) + 1;
  }
}

/** A value that cannot be used, named with the place where it stands. Secrets are never repeated. */
export function badVariable(
  found: Pick<Found, 'name' | 'place'>,
  problem: string,
  remedy: string,
): LiveDbError {
  return new LiveDbError({
    code: 'connections.invalid',
    message: `${found.name} (${found.place}) ${problem}.`,
    remedy,
    details: { variable: found.name },
  });
}

const WORDS: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  '1': true,
  false: false,
  no: false,
  off: false,
  '0': false,
};

/** true/false, yes/no, on/off, 1/0 and the `extra` words, in any case. */
export function readFlag(found: Found, extra: Readonly<Record<string, boolean>> = {}): boolean {
  const word = found.value.toLowerCase();
  const flag = Object.hasOwn(extra, word)
    ? extra[word]
    : Object.hasOwn(WORDS, word)
      ? WORDS[word]
      : undefined;
  if (flag !== undefined) return flag;
  throw badVariable(found, `is "${found.value}", which is neither true nor false`, 'Write true or false.');
}

/** A whole number within bounds, inclusive. */
export function readWhole(found: Found, min: number, max: number): number {
  const value = /^\d{1,10}$/.test(found.value) ? Number(found.value) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw badVariable(
    found,
    `is "${found.value}", which is not a whole number from ${min} to ${max}`,
    'Correct the number.',
  );
}
