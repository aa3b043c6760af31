// Holds the arrows between the folders (docs/architecture.md): who may import whom. Exits 1 and names each breach.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const src = join(root, 'src');
const LONGEST_FILE = 350;

/** Room of a file under src → rooms it may import from. */
const MAY_IMPORT = {
  shared: ['shared'],
  clients: ['shared', 'clients'],
  broker: ['shared', 'clients', 'broker'],
  postgres: ['shared', 'clients', 'postgres'],
  stages: ['shared', 'clients', 'stages'],
  faults: ['shared', 'clients', 'faults'],
  main: ['shared', 'clients', 'main'],
  preload: ['shared', 'preload'],
  renderer: ['shared', 'renderer'],
};
/** A stage does not reach into another; replay and audit read events and rows as they do. */
const STAGE_MAY_IMPORT = {
  writer: ['writer'],
  producer: ['producer'],
  processor: ['processor'],
  replay: ['replay', 'processor', 'producer'],
  audit: ['audit', 'processor', 'producer'],
};
const ELECTRON_ROOMS = [
  /^main\/index\.ts$/,
  /^main\/hosts\/electron-/,
  /^main\/transport\/ipc\.ts$/,
  /^preload\//,
];
const SHARED_PACKAGES = ['zod'];

function* sources(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* sources(path);
    else if (/\.tsx?$/.test(entry.name)) yield path;
  }
}

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/g;

const breaches = [];
for (const file of sources(src)) {
  const name = relative(src, file).replaceAll('\\', '/');
  const room = name.split('/')[0];
  const text = readFileSync(file, 'utf8');
  const lines = text.split('\n').length;
  if (lines > LONGEST_FILE) breaches.push(`${name} has ${lines} lines: split it (at most ${LONGEST_FILE})`);
  for (const [, typeOnly, staticPath, dynamicPath] of text.matchAll(IMPORT)) {
    const target = staticPath ?? dynamicPath;
    if (target.startsWith('.')) {
      const imported = relative(src, resolve(dirname(file), target)).replaceAll('\\', '/');
      const [importedRoom, importedStage] = imported.split('/');
      const allowed = MAY_IMPORT[room] ?? [];
      if (!allowed.includes(importedRoom))
        breaches.push(`${name} imports ${imported}: ${room} may import ${allowed.join(', ')}`);
      const stage = name.split('/')[1];
      if (
        room === 'stages' &&
        importedRoom === 'stages' &&
        !(STAGE_MAY_IMPORT[stage] ?? []).includes(importedStage)
      ) {
        breaches.push(`${name} imports ${imported}: stages do not import each other`);
      }
    } else if (
      target === 'electron' &&
      typeOnly === undefined &&
      !ELECTRON_ROOMS.some((pattern) => pattern.test(name))
    ) {
      breaches.push(`${name} imports electron outside its rooms`);
    } else if (room === 'shared' && !SHARED_PACKAGES.includes(target)) {
      breaches.push(`${name} imports ${target}: shared imports nothing but ${SHARED_PACKAGES.join(', ')}`);
    } else if (target.startsWith('kafkajs') && !/^clients\/kafka/.test(name)) {
      breaches.push(`${name} imports ${target}: only the adapter src/clients/kafka*.ts does`);
    }
  }
}
for (const breach of breaches) process.stdout.write(`${breach}\n`);
if (breaches.length > 0) process.exit(1);
