// `npm test` and CI: all set-up from a fresh clone, then every check; prints one closing line "N passed, N failed".
// `npm test -- NAME …` runs only the test files whose path contains NAME (see CONTRIBUTING.md).

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBrowser, ensureWitnesses } from './set-up/browser.mjs';
import { ensureBuilt } from './set-up/build.mjs';
import { checkNode, ensureInstalled, pinnedNode } from './set-up/install.mjs';
import { withSetUpLock } from './set-up/lock.mjs';
import { fail } from './set-up/progress.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const filters = process.argv.slice(2);
const totals = { passed: 0, failed: 0, skipped: 0 };

/** Runs one program on Node 24 with its output shown; resolves its exit code. */
function node(args, env = {}) {
  return new Promise((done) => {
    const path = `${dirname(pinnedNode(root))}${delimiter}${process.env.PATH}`;
    const child = spawn(pinnedNode(root), args, {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, PATH: path, ...env },
    });
    child.on('error', () => done(127));
    child.on('exit', (code) => done(code ?? 1));
  });
}

async function check(title, args) {
  const began = Date.now();
  const ok = (await node(args)) === 0;
  totals[ok ? 'passed' : 'failed'] += 1;
  process.stdout.write(`${ok ? '✔' : '✘'} ${title} (${((Date.now() - began) / 1000).toFixed(1)} s)\n`);
}

/** One vitest project; its counts are read from the JSON report, a run without one counts as a failure. */
async function tests(project, env) {
  const folder = mkdtempSync(join(tmpdir(), 'livedb-test-'));
  const report = join(folder, 'report.json');
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const began = Date.now();
  const code = await node(
    [
      vitest,
      'run',
      '--project',
      project,
      '--passWithNoTests',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
      ...filters,
    ],
    env,
  );
  const seconds = ((Date.now() - began) / 1000).toFixed(1);
  if (existsSync(report)) {
    const counts = JSON.parse(readFileSync(report, 'utf8'));
    totals.passed += counts.numPassedTests;
    totals.failed += counts.numFailedTests;
    totals.skipped += counts.numPendingTests + counts.numTodoTests;
    // A file that breaks while it loads fails no test: it must still fail the run.
    if (code !== 0 && counts.numFailedTests === 0) totals.failed += 1;
  } else if (filters.length === 0 || code !== 0) totals.failed += 1;
  rmSync(folder, { recursive: true, force: true });
  process.stdout.write(`  ${project} tests: ${seconds} s\n`);
}

try {
  checkNode();
  const browser = await withSetUpLock(root, async () => {
    await ensureInstalled(root);
    await ensureWitnesses();
    const found = await ensureBrowser(root);
    await ensureBuilt(root);
    return found;
  });
  if (browser === null)
    process.stdout.write('No browser can be had here: the end-to-end tests are skipped.\n');
  const env = browser === null ? {} : { LIVEDB_CHROMIUM: browser };
  if (filters.length === 0) {
    await check('types', [join(root, 'node_modules/typescript/bin/tsc'), '--noEmit', '-p', 'tsconfig.json']);
    await check('lint and format', [join(root, 'node_modules/@biomejs/biome/bin/biome'), 'check', '.']);
    await check('arrows between folders', [join(root, 'scripts/check-arrows.mjs')]);
  }
  await tests('unit', env);
  await tests('integration', env);
  await tests('e2e', env);
  const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : '';
  process.stdout.write(`${totals.passed} passed, ${totals.failed} failed${skipped}\n`);
  process.exit(totals.failed === 0 && totals.passed > 0 ? 0 : 1);
} catch (error) {
  fail(error);
}
