// The loopback server as an attacker, a clumsy script and a slow page meet it: real sockets, a control plane without a
// pipeline behind it.
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { type HttpServer, openHttpServer } from '../../src/main/transport/http-server.ts';
import { Frame, Snapshot } from '../../src/shared/snapshot.ts';
import { eventually } from '../support/eventually.ts';
import { FakeApp } from '../support/fake-app.ts';
import { frameOf } from '../support/quiet-snapshot.ts';
import { tempDir } from '../support/temp-dir.ts';

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

interface Ask {
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  body?: string;
}

let app: FakeApp;
let server: HttpServer;
const page = tempDir('page');

/** node:http rather than fetch: a test has to be able to lie about Host. */
function ask({ method = 'GET', path = '/api/snapshot', headers = {}, body }: Ask): Promise<Answer> {
  return new Promise((settle, reject) => {
    const sent = request({ host: '127.0.0.1', port: server.port, method, path, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => settle({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const bearer = () => ({ authorization: `Bearer ${server.token}` });
const command = (name: string, body: string, headers: Record<string, string> = {}) =>
  ask({
    method: 'POST',
    path: `/api/${name}`,
    headers: { ...bearer(), 'content-type': 'application/json', ...headers },
    body,
  });
const errorOf = (answer: Answer) => JSON.parse(answer.text).error;

beforeAll(async () => {
  writeFileSync(join(page.path, 'index.html'), '<title>LiveDB</title>');
  mkdirSync(join(page.path, 'assets'));
  writeFileSync(join(page.path, 'assets', 'app-abc.js'), 'export {}');
  server = await openHttpServer({ port: 0, pageDir: page.path });
});
beforeEach(() => {
  app = new FakeApp();
  server.attach(app);
});
afterAll(async () => {
  await server.close();
  page[Symbol.dispose]();
});

describe('who may talk to the server', () => {
  it('answers the snapshot to the token alone', async () => {
    const answer = await ask({ headers: bearer() });
    expect(answer.status).toBe(200);
    expect(Snapshot.parse(JSON.parse(answer.text)).dataDir).toBe('/data');
    const wrong: Record<string, string>[] = [
      {},
      { authorization: 'Bearer wrong' },
      { authorization: `Bearer ${server.token}x` },
      { authorization: `Basic ${server.token}` },
      { authorization: server.token },
    ];
    for (const headers of wrong) {
      const refused = await ask({ headers });
      expect(refused.status).toBe(401);
      expect(errorOf(refused)).toMatchObject({ code: 'unauthorised', remedy: expect.any(String) });
    }
  });

  it('takes the token in no address', async () => {
    expect((await ask({ path: `/api/snapshot?token=${server.token}` })).status).toBe(401);
  });

  it('refuses a Host that is not its own, token or not (DNS rebinding)', async () => {
    for (const host of [
      'evil.example',
      `evil.example:${server.port}`,
      '127.0.0.1',
      `127.0.0.1:${server.port + 1}`,
    ]) {
      const answer = await ask({ headers: { ...bearer(), host } });
      expect([host, answer.status]).toEqual([host, 403]);
    }
    expect((await ask({ path: '/', headers: { host: 'evil.example' } })).status).toBe(403);
    expect((await ask({ headers: { ...bearer(), host: `localhost:${server.port}` } })).status).toBe(200);
  });

  it('refuses an Origin that is not its own', async () => {
    for (const origin of [
      'https://evil.example',
      'null',
      `http://127.0.0.1:${server.port + 1}`,
      `https://127.0.0.1:${server.port}`,
    ]) {
      const answer = await ask({ headers: { ...bearer(), origin } });
      expect([origin, answer.status]).toEqual([origin, 403]);
    }
    const own = await ask({ headers: { ...bearer(), origin: `http://127.0.0.1:${server.port}` } });
    expect(own.status).toBe(200);
    expect(own.headers['access-control-allow-origin']).toBeUndefined();
  });

  it('listens on loopback only', async () => {
    expect(server.url).toBe(`http://127.0.0.1:${server.port}/`);
    expect(server.open).toBe(`${server.url}#token=${server.token}`);
  });
});

describe('commands', () => {
  it('gives the result', async () => {
    const answer = await command('stage.start', '{"stage":"writer"}');
    expect([answer.status, JSON.parse(answer.text)]).toEqual([200, { result: { ok: true } }]);
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  it('takes an empty body, and JSON that curl sends without saying so', async () => {
    expect((await command('pipeline.start', '')).status).toBe(200);
    const type = 'application/x-www-form-urlencoded';
    expect((await command('stage.stop', '{"stage":"writer"}', { 'content-type': type })).status).toBe(200);
  });

  it('refuses malformed JSON', async () => {
    const answer = await command('stage.start', '{"stage":');
    expect(answer.status).toBe(400);
    expect(errorOf(answer)).toMatchObject({ code: 'bad-request', message: expect.stringContaining('JSON') });
    expect(app.executed).toEqual([]);
  });

  it('names the path of the field that is out of range', async () => {
    const answer = await command('writer.configure', '{"rowsPerBurst":0,"intervalMs":"fast"}');
    expect(answer.status).toBe(400);
    expect(errorOf(answer)).toMatchObject({
      code: 'bad-request',
      message: expect.stringContaining('rowsPerBurst'),
      details: { fields: [{ path: 'rowsPerBurst' }, { path: 'intervalMs' }] },
    });
    expect(app.executed).toEqual([]);
  });

  it('does not know what is not in the contract', async () => {
    for (const name of ['world.end', 'constructor', '__proto__', 'ledger.auditor']) {
      const answer = await command(name, '{}');
      expect([name, answer.status, errorOf(answer).code]).toEqual([name, 404, 'unknown-command']);
    }
  });

  it('refuses more than 1 MB, announced or not', async () => {
    const big = JSON.stringify({ stage: 'x'.repeat(1_100_000) });
    const announced = await command('stage.start', big);
    expect([announced.status, errorOf(announced).code]).toEqual([413, 'too-large']);
    const chunked = await command('stage.start', big, { 'transfer-encoding': 'chunked' });
    expect([chunked.status, errorOf(chunked).code]).toEqual([413, 'too-large']);
  });

  it('refuses other bodies than JSON and other methods than POST', async () => {
    const xml = await command('stage.start', '<stage/>', { 'content-type': 'text/xml' });
    expect([xml.status, errorOf(xml).code]).toEqual([415, 'not-json']);
    const got = await ask({ path: '/api/stage.start', headers: bearer() });
    expect([got.status, errorOf(got).code]).toEqual([405, 'method-not-allowed']);
    const posted = await ask({ method: 'POST', path: '/api/snapshot', headers: bearer() });
    expect([posted.status]).toEqual([404]);
  });

  it('answers a failure nobody foresaw with 500 and no stack', async () => {
    app.answers.set('pipeline.stop', () => {
      throw new Error('the disk burns');
    });
    const answer = await command('pipeline.stop', '{}');
    expect([answer.status, errorOf(answer)]).toEqual([
      500,
      { code: 'unexpected', message: 'the disk burns' },
    ]);
  });

  it('says that it is starting until the control plane is there', async () => {
    const early = await openHttpServer({ port: 0, pageDir: page.path });
    const answer = await fetch(`${early.url}api/snapshot`, {
      headers: { authorization: `Bearer ${early.token}` },
    });
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ error: { code: 'starting' } });
    await early.close();
  });
});

describe('the page', () => {
  it('is served with a policy that lets nothing else in', async () => {
    const answer = await ask({ path: '/' });
    expect([answer.status, answer.text]).toEqual([200, '<title>LiveDB</title>']);
    expect(answer.headers).toMatchObject({
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'content-security-policy': expect.stringContaining("default-src 'none'"),
    });
    expect(answer.headers['content-security-policy']).not.toContain("script-src 'self' '");
    expect(answer.text).not.toContain(server.token);
    const asset = await ask({ path: '/assets/app-abc.js' });
    expect(asset.headers).toMatchObject({
      'cache-control': expect.stringContaining('immutable'),
      'content-type': expect.stringContaining('text/javascript'),
    });
  });

  it('gives no file outside the build', async () => {
    for (const path of [
      '/../secret.json',
      '/%2e%2e/secret.json',
      '/assets/..%2f..%2fsecret.json',
      '/%00.html',
      '/nothing.html',
      '/%',
      '/assets',
    ]) {
      expect([path, (await ask({ path })).status]).toEqual([path, 404]);
    }
  });

  it('opens once by a code, which then is used up', async () => {
    const path = new URL(server.openOnce()).pathname;
    const first = await ask({ path });
    expect([first.status, first.headers.location]).toEqual([303, `/#token=${server.token}`]);
    expect((await ask({ path })).status).toBe(404);
    expect((await ask({ path: '/open/guess' })).status).toBe(404);
  });
});

describe('the stream', () => {
  const address = () => `ws://127.0.0.1:${server.port}/api/stream`;

  async function statusOf(socket: WebSocket): Promise<number> {
    const [, response] = await once(socket, 'unexpected-response');
    return response.statusCode;
  }

  it('takes the token in a header, or in the subprotocol a page can set, and not in the address', async () => {
    for (const socket of [
      new WebSocket(address(), { headers: bearer() }),
      new WebSocket(address(), ['livedb', server.token]),
    ]) {
      const [data] = await once(socket, 'message');
      expect(Frame.parse(JSON.parse(String(data)))).toEqual(frameOf(0));
      if (socket.protocol !== '') expect(socket.protocol).toBe('livedb');
      socket.close();
    }
    expect(await statusOf(new WebSocket(address()))).toBe(401);
    expect(await statusOf(new WebSocket(`${address()}?token=${server.token}`))).toBe(401);
    expect(await statusOf(new WebSocket(address(), ['livedb', 'wrong']))).toBe(401);
    await eventually('no listener left', () => app.listeners.size === 0);
  });

  it('refuses a foreign page', async () => {
    const origin = 'https://evil.example';
    expect(await statusOf(new WebSocket(address(), ['livedb', server.token], { origin }))).toBe(403);
    const host = 'evil.example';
    expect(await statusOf(new WebSocket(address(), { headers: { ...bearer(), host } }))).toBe(403);
  });

  it('is a WebSocket only', async () => {
    expect((await ask({ path: '/api/stream', headers: bearer() })).status).toBe(405);
  });

  it('gives a slow client the newest frame and queues nothing', async () => {
    const socket = new WebSocket(address(), { headers: bearer() });
    await once(socket, 'message');
    const received: Frame[] = [];
    socket.on('message', (data) => received.push(Frame.parse(JSON.parse(String(data)))));
    socket.pause();
    // 500 frames of 200 kB: far more than the sockets of the system hold.
    const padding = 'x'.repeat(200_000);
    for (let seq = 1; seq <= 500; seq += 1) {
      const frame = frameOf(seq, { points: [{ at: seq * 1000, stepMs: 1000, values: {} }] });
      frame.snapshot.dataDir = padding;
      app.send(frame);
      if (seq % 20 === 0) await new Promise((next) => setImmediate(next));
    }
    socket.resume();
    await eventually('the newest frame', () => received.at(-1)?.seq === 500);
    expect(received.length).toBeLessThan(250);
    expect(received.flatMap((frame) => frame.points.map((p) => p.at / 1000))).toEqual(
      Array.from({ length: 500 }, (_, n) => n + 1),
    );
    socket.close();
  });

  it('notices a peer that is dead', async () => {
    const watchful = await openHttpServer({ port: 0, pageDir: page.path, pingIntervalMs: 50 });
    watchful.attach(app);
    const socket = new WebSocket(`ws://127.0.0.1:${watchful.port}/api/stream`, ['livedb', watchful.token], {
      autoPong: false,
    });
    await once(socket, 'open');
    expect(app.listeners.size).toBe(1);
    await once(socket, 'close');
    await eventually('no listener left', () => app.listeners.size === 0);
    await watchful.close();
  });

  it('does not take more than a word from a client', async () => {
    const socket = new WebSocket(address(), { headers: bearer() });
    await once(socket, 'open');
    socket.send('x'.repeat(10_000));
    const [code] = await once(socket, 'close');
    expect(code).toBe(1009);
  });
});

describe('ports', () => {
  it('says in one sentence that the port asked for is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await expect(openHttpServer({ port, pageDir: page.path })).rejects.toMatchObject({
      data: {
        code: 'port-taken',
        message: `Port ${port} is taken by another program.`,
        remedy: expect.stringContaining('--port'),
      },
    });
    other.close();
  });

  it('falls back to a free port when none was asked for', async () => {
    const first = await openHttpServer({ port: null, pageDir: page.path });
    const second = await openHttpServer({ port: null, pageDir: page.path });
    expect(second.port).not.toBe(first.port);
    await first.close();
    await second.close();
  });

  it('closes within a second with a client that does not answer', async () => {
    const closing = await openHttpServer({ port: 0, pageDir: page.path });
    closing.attach(app);
    const socket = new WebSocket(`ws://127.0.0.1:${closing.port}/api/stream`, ['livedb', closing.token]);
    await once(socket, 'message');
    socket.pause();
    const began = performance.now();
    await closing.close();
    expect(performance.now() - began).toBeLessThan(1_500);
    socket.terminate();
  });
});
