// `npm run dev`: the page with hot reload over Vite, the control plane from source, restarted when its sources change.
// Prints the address to open. `npm run dev -- --desktop` runs electron-vite's own dev mode where Electron can be had.
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { checkNode, ensureInstalled, pinnedNode } from './set-up/install.mjs';
import { withSetUpLock } from './set-up/lock.mjs';
import { fail } from './set-up/progress.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const args = process.argv.slice(2);
const major = Number(process.versions.node.split('.')[0]);

function again(program, programArgs) {
  const child = spawn(program, programArgs, { cwd: root, stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code) => process.exit(code ?? 1));
}

/** Starts the control plane from source; resolves its ready line. `--watch` starts it again when a source changes. */
function startControlPlane(onReady) {
  const child = spawn(
    pinnedNode(root),
    [
      '--watch',
      '--watch-preserve-output',
      'src/main/browser.ts',
      '--no-open',
      '--json',
      '--port',
      '0',
      ...args,
    ],
    { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.startsWith('{"ready":true')) onReady(JSON.parse(line));
    else process.stdout.write(`${line}\n`);
  });
  child.on('exit', (code) => process.exit(code ?? 1));
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
}

async function servePage() {
  const { createServer } = await import(
    pathToFileURL(join(root, 'node_modules/vite/dist/node/index.js')).href
  );
  const { default: react } = await import(
    pathToFileURL(join(root, 'node_modules/@vitejs/plugin-react/dist/index.js')).href
  );
  let target = null;
  const server = await createServer({
    root: join(root, 'src/renderer'),
    configFile: false,
    plugins: [react()],
    server: {
      host: '127.0.0.1',
      proxy: {
        '/api': {
          target: 'http://127.0.0.1:1',
          ws: true,
          // The control plane checks Host and Origin: through the proxy both have to be its own.
          changeOrigin: true,
          router: () => target,
          configure: (proxy, options) => {
            const own = (request) => {
              if (target !== null) request.setHeader('origin', target);
            };
            proxy.on('proxyReq', own);
            proxy.on('proxyReqWs', own);
            Object.defineProperty(options, 'target', { get: () => target ?? 'http://127.0.0.1:1' });
          },
        },
      },
    },
  });
  await server.listen();
  const page = server.resolvedUrls.local[0];
  startControlPlane((ready) => {
    target = ready.url.replace(/\/$/, '');
    process.stdout.write(`Control room with hot reload: ${page}#token=${ready.token}\n`);
  });
}

try {
  checkNode();
  await withSetUpLock(root, () => ensureInstalled(root));
  if (args.includes('--desktop'))
    again(pinnedNode(root), [join(root, 'node_modules/electron-vite/bin/electron-vite.js'), 'dev']);
  else if (major < 24) again(pinnedNode(root), [fileURLToPath(import.meta.url), ...args]);
  else await servePage();
} catch (error) {
  fail(error);
}
