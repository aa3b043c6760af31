// The fault proxy on real sockets: nothing is lost, reordered or closed by a cut; what waits is bounded.
import { once } from 'node:events';
import { createServer, type Server, Socket } from 'node:net';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { detourSocket } from '../../../src/clients/detour.ts';
import type { LineMode } from '../../../src/faults/line.ts';
import { FaultProxy } from '../../../src/faults/proxy.ts';

const LINK = 'producer:kafka';
const eventually = (check: () => void, timeout = 5_000) => vi.waitFor(check, { timeout, interval: 5 });
const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

/** A server that keeps what it gets and the sockets it was given. */
async function peer(): Promise<{
  port: number;
  received: () => Buffer;
  bytes: () => number;
  sockets: Socket[];
  server: Server;
}> {
  const pieces: Buffer[] = [];
  let count = 0;
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('data', (bytes) => {
      pieces.push(bytes);
      count += bytes.length;
    });
    socket.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { port: address.port, received: () => Buffer.concat(pieces), bytes: () => count, sockets, server };
}

async function through(target: number): Promise<{ proxy: FaultProxy; client: Socket }> {
  const proxy = new FaultProxy();
  const port = await proxy.listen(null);
  open.push(() => proxy.close());
  return { proxy, client: dial(port, target) };
}

function dial(port: number, target: number): Socket {
  const client = detourSocket({ host: '127.0.0.1', port, link: LINK });
  client.on('error', () => undefined);
  client.connect(target, '127.0.0.1');
  open.push(() => client.destroy());
  return client;
}

describe('fault proxy', () => {
  it('passes bytes both ways and an end in its turn', async () => {
    const server = await peer();
    const { client } = await through(server.port);
    client.write('there');
    await eventually(() => expect(server.received().toString()).toBe('there'));
    server.sockets[0]?.end('back');
    const [answer] = await once(client, 'data');
    expect(String(answer)).toBe('back');
    await once(client, 'end');
  });

  it('a cut keeps everything open and silent, and delivers what waited once it is lifted', async () => {
    const server = await peer();
    const { proxy, client } = await through(server.port);
    client.write('before ');
    await eventually(() => expect(server.received().toString()).toBe('before '));
    proxy.set([LINK], { kind: 'cut' });
    client.write('during ');
    server.sockets[0]?.write('unheard');
    let heard = '';
    client.on('data', (bytes) => {
      heard += String(bytes);
    });
    // Another link's connection still passes: by the time it has answered, ours would have too.
    const other = detourSocket({ host: '127.0.0.1', port: client.remotePort ?? 0, link: 'writer:postgres' });
    open.push(() => other.destroy());
    other.connect(server.port, '127.0.0.1');
    other.write('other');
    await eventually(() => expect(server.received().toString()).toBe('before other'));
    expect(heard).toBe('');
    expect(client.destroyed).toBe(false);
    proxy.set([LINK], { kind: 'pass' });
    await eventually(() => expect(server.received().toString()).toBe('before otherduring '));
    await eventually(() => expect(heard).toBe('unheard'));
  });

  it('a client that gives up during a cut is not heard of by its peer until the cut is lifted', async () => {
    const server = await peer();
    const { proxy, client } = await through(server.port);
    client.write('a');
    await eventually(() => expect(server.sockets).toHaveLength(1));
    let closed = false;
    server.sockets[0]?.on('end', () => {
      closed = true;
    });
    proxy.set([LINK], { kind: 'cut' });
    client.write('last request');
    client.end();
    // New ones are accepted and get no further.
    const late = dial(client.remotePort ?? 0, server.port);
    await once(late, 'connect');
    expect(server.sockets).toHaveLength(1);
    expect(closed).toBe(false);
    proxy.set([LINK], { kind: 'pass' });
    await eventually(() => expect(server.received().toString()).toBe('alast request'));
    await eventually(() => expect(closed).toBe(true));
    await eventually(() => expect(server.sockets).toHaveLength(2));
  });

  it('reads no further than its bound while the line is cut', async () => {
    const server = await peer();
    const { proxy, client } = await through(server.port);
    client.write('x');
    await eventually(() => expect(server.bytes()).toBe(1));
    proxy.set([LINK], { kind: 'cut' });
    const much = Buffer.alloc(64 * 1024 * 1024, 'y');
    client.write(much);
    // Loopback buffers take a few MB; the rest must stay with the client.
    await eventually(() => expect(client.writableLength).toBeGreaterThan(0));
    expect(client.writableLength).toBeGreaterThan(much.length / 2);
    proxy.set([LINK], { kind: 'pass' });
    await eventually(() => expect(server.bytes()).toBe(much.length + 1), 8_000);
  });

  it('slow: each packet comes later, and no faster than the bound', async () => {
    const server = await peer();
    const { proxy, client } = await through(server.port);
    client.write('x');
    await eventually(() => expect(server.bytes()).toBe(1));
    proxy.set([LINK], { kind: 'slow', delayMs: 60, bytesPerSecond: 200_000 });
    const began = performance.now();
    client.write(Buffer.alloc(40_000));
    await eventually(() => expect(server.bytes()).toBe(40_001));
    // 60 ms of delay, then 0.2 s of bandwidth (its first step comes at once).
    expect(performance.now() - began).toBeGreaterThan(200);
  });

  it('closes who does not say where to', async () => {
    const { client } = await through(1);
    const stranger = new Socket();
    open.push(() => stranger.destroy());
    await once(client, 'connect');
    stranger.connect(client.remotePort ?? 0, '127.0.0.1');
    stranger.write('GET / HTTP/1.1\r\n\r\n');
    await once(stranger, 'close');
  });

  it('delivers every byte in order through any change of modes', async () => {
    const mode = fc.oneof(
      fc.constant<LineMode>({ kind: 'pass' }),
      fc.constant<LineMode>({ kind: 'cut' }),
      fc.record({
        kind: fc.constant('slow' as const),
        delayMs: fc.integer({ min: 1, max: 5 }),
        bytesPerSecond: fc.oneof(fc.constant(null), fc.constant(5_000_000)),
      }),
    );
    const step = fc.record({ mode, bytes: fc.integer({ min: 0, max: 40_000 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
        const server = await peer();
        const { proxy, client } = await through(server.port);
        let sent = 0;
        const all: Buffer[] = [];
        for (const { mode, bytes } of steps) {
          proxy.set([LINK], mode);
          const piece = Buffer.from(Uint8Array.from({ length: bytes }, () => sent++ % 251));
          all.push(piece);
          if (bytes > 0) client.write(piece);
          await new Promise((resume) => setImmediate(resume));
        }
        proxy.set([LINK], { kind: 'pass' });
        await eventually(() => expect(server.bytes()).toBe(sent));
        expect(server.received().equals(Buffer.concat(all))).toBe(true);
        client.destroy();
      }),
      { numRuns: 25 },
    );
  });
});
