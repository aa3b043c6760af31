// The command line of LiveDB, the same for both hosts. Parsed by browser.ts and index.ts before anything is opened.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { LiveDbError } from '../shared/errors.ts';

export interface Options {
  /** `--browser`: asked for the browser edition; the launcher acts on it. */
  browser: boolean;
  /** Open an app window (browser edition). */
  open: boolean;
  /** Port asked for; 0 takes a free one; null: the usual one, or a free one when it is taken. */
  port: number | null;
  /** Absolute path of the data folder; null: the platform's. */
  dataDir: string | null;
  /** Absolute path of a seed; null: as set before, or the one that ships. */
  seedFile: string | null;
  /** Start the pipeline at once; null: only on embedded services. */
  run: boolean | null;
  /** Machine-readable ready line on stdout. */
  json: boolean;
  help: boolean;
}

export const HELP = `LiveDB: a desktop control room for a live data pipeline.

  npm start -- [options]

  --browser      run the browser edition even where the desktop edition could run
  --no-open      do not open a window; print the address
  --port N       port of the browser edition, 0 for a free one (default 5640, or a free one)
  --data DIR     the one folder everything is kept in (default: the platform's application data)
  --seed FILE    CSV or JSON file the writer cycles through
  --run          start the pipeline at once (default with the embedded services)
  --no-run       do not start the pipeline
  --json         first line on stdout is {"ready":true,"url":…,"token":…,"open":…,"pid":…}
  --help         this text
`;

const PORT_MAX = 65_535;

function refuse(message: string): LiveDbError {
  return new LiveDbError({ code: 'bad-option', message, remedy: 'See npm start -- --help.' });
}

/** The sentence of node:util's parser without its advice on positional arguments. */
function firstSentence(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split('. ')[0]?.replace(/\.$/, '') ?? message;
}

function portOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= PORT_MAX)) {
    throw refuse(`Option --port takes a number from 0 to ${PORT_MAX}, not "${text}".`);
  }
  return port;
}

function pathOf(name: string, text: string | undefined, cwd: string): string | null {
  if (text === undefined) return null;
  if (text === '') throw refuse(`Option ${name} needs a path.`);
  return resolve(cwd, text);
}

/**
 * Parses `args` (without node and script); relative paths are taken from `cwd`.
 * Throws LiveDbError `bad-option` with one sentence; the caller prints it and exits with 2.
 */
export function parseOptions(args: readonly string[], cwd: string): Options {
  let values: ReturnType<typeof parse>;
  try {
    values = parse(args);
  } catch (error) {
    throw refuse(`${firstSentence(error)}.`);
  }
  if (values.run === true && values['no-run'] === true) {
    throw refuse('Options --run and --no-run exclude each other.');
  }
  const seedFile = pathOf('--seed', values.seed, cwd);
  if (seedFile !== null && !existsSync(seedFile)) throw refuse(`The seed file ${seedFile} does not exist.`);
  return {
    browser: values.browser === true,
    open: values['no-open'] !== true,
    port: portOf(values.port),
    dataDir: pathOf('--data', values.data, cwd),
    seedFile,
    run: values.run === true ? true : values['no-run'] === true ? false : null,
    json: values.json === true,
    help: values.help === true,
  };
}

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    strict: true,
    allowPositionals: false,
    options: {
      browser: { type: 'boolean' },
      'no-open': { type: 'boolean' },
      port: { type: 'string' },
      data: { type: 'string' },
      seed: { type: 'string' },
      run: { type: 'boolean' },
      'no-run': { type: 'boolean' },
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  }).values;
}
