// Runs a program for the set-up and keeps the end of what it printed, for the sentence when it fails.
import { spawn } from 'node:child_process';

const KEPT_CHARS = 20_000;

/**
 * @param {string} file the program
 * @param {string[]} args
 * @param {{cwd?: string, env?: NodeJS.ProcessEnv, shell?: boolean, onLine?: (line: string) => void}} [options]
 * @returns {Promise<{code: number, output: string}>} exit code (127 when it could not be started) and last output
 */
export function run(file, args, options = {}) {
  return new Promise((done) => {
    const child = spawn(file, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      shell: options.shell ?? false,
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
    });
    let output = '';
    const take = (chunk) => {
      output = (output + chunk).slice(-KEPT_CHARS);
      const line = String(chunk).trim().split('\n').at(-1);
      if (line) options.onLine?.(line);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.on('error', (error) => done({ code: 127, output: `${output}\n${error.message}` }));
    child.on('close', (code) => done({ code: code ?? 1, output }));
  });
}
