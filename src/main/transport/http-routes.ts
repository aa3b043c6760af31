// The routes of the browser edition: the API (GET /api/snapshot, POST /api/<command>, bundles as files), the page, and
// the one-time address by which the app window gets the token. Served by http-server.ts.
import { Hono } from 'hono';
import { TOKEN_FRAGMENT } from '../../shared/bridge.ts';
import { LiveDbError } from '../../shared/errors.ts';
import type { App } from '../app-api.ts';
import { type Access, securityHeaders } from './access.ts';
import { readJsonBody } from './json-body.ts';
import type { OneTimeCodes } from './one-time-codes.ts';
import type { PageFiles } from './page-files.ts';
import { refusal } from './refusals.ts';

/** Commands running at once; topic reads may wait up to 10 s each. */
const MAX_RUNNING_COMMANDS = 64;

export interface RouteParts {
  /** Throws `starting` until the control plane is up. */
  app(): App;
  access: Access;
  page: PageFiles;
  codes: OneTimeCodes;
  token: string;
  port(): number;
}

function notAllowed(method: string, allowed: string): LiveDbError {
  return new LiveDbError({
    code: 'method-not-allowed',
    message: `${method} is not taken here.`,
    remedy: `Use ${allowed}.`,
  });
}

function noPage(): LiveDbError {
  return new LiveDbError({
    code: 'not-found',
    message: 'There is nothing at this address.',
    remedy: 'Open the address that LiveDB printed.',
  });
}

export function httpRoutes(parts: RouteParts): Hono {
  const routes = new Hono();
  let running = 0;

  routes.onError((error, context) => {
    const { status, body } = refusal(error);
    return context.json(body, status);
  });
  routes.notFound((context) => {
    const { status, body } = refusal(noPage());
    return context.json(body, status);
  });

  routes.use('*', async (context, next) => {
    const streams = [`ws://127.0.0.1:${parts.port()}`, `ws://localhost:${parts.port()}`];
    for (const [name, value] of Object.entries(securityHeaders(streams))) context.header(name, value);
    parts.access.checkSource({ host: context.req.header('host'), origin: context.req.header('origin') });
    await next();
  });
  routes.use('/api/*', async (context, next) => {
    context.header('Cache-Control', 'no-store');
    parts.access.checkToken({ authorization: context.req.header('authorization') });
    await next();
  });

  routes.get('/api/bundle/:name', async (context) => {
    const name = context.req.param('name');
    const { body, bytes } = await parts.app().bundles.read(name);
    return context.body(body, 200, {
      'Content-Type': 'application/gzip',
      'Content-Length': String(bytes),
      'Content-Disposition': `attachment; filename="${name}"`,
    });
  });
  routes.put('/api/bundle/:name', async (context) => {
    const body = context.req.raw.body ?? new Blob([]).stream();
    return context.json({ result: await parts.app().bundles.receive(context.req.param('name'), body) });
  });
  routes.all('/api/bundle/:name', (context) => {
    throw notAllowed(context.req.method, 'GET or PUT');
  });
  routes.get('/api/snapshot', (context) => context.json(parts.app().snapshot()));
  routes.post('/api/:command', async (context) => {
    if (running >= MAX_RUNNING_COMMANDS) {
      throw new LiveDbError({
        code: 'busy',
        message: `${running} commands are running already.`,
        remedy: 'Try again when some of them are done.',
      });
    }
    running += 1;
    try {
      const input = await readJsonBody(context.req.raw);
      const result = await parts.app().execute(context.req.param('command'), input);
      return context.json({ result: result ?? null });
    } finally {
      running -= 1;
    }
  });
  routes.all('/api/snapshot', (context) => {
    throw notAllowed(context.req.method, 'GET');
  });
  routes.all('/api/stream', () => {
    throw notAllowed('A plain request', 'a WebSocket');
  });
  routes.all('/api/:command', (context) => {
    throw notAllowed(context.req.method, 'POST');
  });

  routes.get('/open/:code', (context) => {
    if (!parts.codes.take(context.req.param('code'))) throw noPage();
    context.header('Cache-Control', 'no-store');
    return context.redirect(`/#${TOKEN_FRAGMENT}=${parts.token}`, 303);
  });
  routes.get('*', async (context) => {
    const file = await parts.page.get(context.req.path);
    if (file === null) throw noPage();
    return context.body(file.body, 200, file.headers);
  });
  return routes;
}
