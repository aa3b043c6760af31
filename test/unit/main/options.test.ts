import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HELP, parseOptions } from '../../../src/main/options.ts';
import { LiveDbError } from '../../../src/shared/errors.ts';

const parse = (...args: string[]) => parseOptions(args, import.meta.dirname);

function refusal(...args: string[]): string {
  try {
    parse(...args);
  } catch (error) {
    if (error instanceof LiveDbError) return error.data.message;
    throw error;
  }
  throw new Error(`${args.join(' ')} was taken`);
}

describe('options', () => {
  it('has defaults', () => {
    expect(parse()).toEqual({
      browser: false,
      open: true,
      port: null,
      dataDir: null,
      seedFile: null,
      run: null,
      json: false,
      help: false,
    });
  });

  it('takes every option of the automation interface', () => {
    const seed = 'options.test.ts';
    expect(
      parse('--browser', '--no-open', '--port', '0', '--data', 'd', '--seed', seed, '--run', '--json'),
    ).toEqual({
      browser: true,
      open: false,
      port: 0,
      dataDir: join(import.meta.dirname, 'd'),
      seedFile: join(import.meta.dirname, seed),
      run: true,
      json: true,
      help: false,
    });
    expect(parse('--no-run').run).toBe(false);
    expect(parse('--port=5641').port).toBe(5641);
    expect(parse('--help').help).toBe(true);
  });

  it.each([
    [['--prot', '1'], /--prot/],
    [['stray'], /stray/],
    [['--port'], /--port/],
    [['--port', 'abc'], /"abc"/],
    [['--port', '70000'], /65535/],
    [['--port', '-1'], /--port/],
    [['--data', ''], /--data/],
    [['--seed', 'nowhere.csv'], /nowhere\.csv does not exist/],
    [['--run', '--no-run'], /exclude/],
    [['--json=yes'], /--json/],
  ])('refuses %j in one sentence', (args, sentence) => {
    const message = refusal(...args);
    expect(message).toMatch(sentence);
    expect(message).toMatch(/\.$/);
    expect(message.slice(0, -1)).not.toMatch(/[.!?] /);
  });

  it('explains each option', () => {
    for (const option of ['browser', 'no-open', 'port', 'data', 'seed', 'run', 'no-run', 'json']) {
      expect(HELP).toContain(`--${option}`);
    }
  });
});
