import { describe, expect, test } from 'vitest';
import { createHttpApi, SILENCE_MS, type SocketLike } from '../../../../src/renderer/store/http-api.ts';
import type { ConnectionState } from '../../../../src/shared/bridge.ts';
import { LiveDbError } from '../../../../src/shared/errors.ts';
import type { Frame } from '../../../../src/shared/snapshot.ts';
import { frameOf } from '../../../support/quiet-snapshot.ts';

interface Opened extends SocketLike {
  url: string;
  protocols: string[];
}

/** A browser's network in the hand of the test: answers, sockets and timers are moved by it alone. */
function network(answer: (url: string, init: RequestInit) => Response | Promise<Response>) {
  const sockets: Opened[] = [];
  const timers = new Map<number, { run: () => void; ms: number }>();
  let nextTimer = 1;
  const api = createHttpApi({
    base: 'http://127.0.0.1:5640/',
    token: 'secret',
    fetch: async (url, init) => answer(url, init),
    openSocket: (url, protocols) => {
      const socket: Opened = {
        url,
        protocols,
        onopen: null,
        onmessage: null,
        onclose: null,
        close: () => socket.onclose?.(),
      };
      sockets.push(socket);
      return socket;
    },
    setTimer: (run, ms) => {
      timers.set(nextTimer, { run, ms });
      return nextTimer++;
    },
    clearTimer: (timer) => void timers.delete(timer as number),
  });
  const fire = (ms: number): void => {
    for (const [id, timer] of timers) {
      if (timer.ms !== ms) continue;
      timers.delete(id);
      timer.run();
    }
  };
  const last = (): Opened => {
    const socket = sockets[sockets.length - 1];
    if (socket === undefined) throw new Error('no socket was opened');
    return socket;
  };
  return { api, sockets, timers, fire, last };
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status });

describe('commands over HTTP', () => {
  test('carry the token in a header and give the parsed result', async () => {
    const asked: { url: string; init: RequestInit }[] = [];
    const { api } = network((url, init) => {
      asked.push({ url, init });
      return json({ result: { ok: true } });
    });
    expect(await api.execute('stage.start', { stage: 'writer' })).toEqual({ ok: true });
    expect(asked).toHaveLength(1);
    expect(asked[0]?.url).toBe('http://127.0.0.1:5640/api/stage.start');
    expect(asked[0]?.init.headers).toMatchObject({ authorization: 'Bearer secret' });
    expect(asked[0]?.init.body).toBe('{"stage":"writer"}');
  });

  test('reject with the error that the control plane gave', async () => {
    const error = { code: 'seed.invalid', message: 'Line 3 is wrong.', remedy: 'Correct it.' };
    const { api } = network(() => json({ error }, 422));
    await expect(api.execute('pipeline.start', {})).rejects.toMatchObject({ data: error });
  });

  test('say that LiveDB cannot be reached, or that it spoke nonsense', async () => {
    const dead = network(() => Promise.reject(new TypeError('fetch failed')));
    const refused = dead.api.execute('pipeline.start', {});
    await expect(refused).rejects.toBeInstanceOf(LiveDbError);
    await expect(refused).rejects.toMatchObject({ data: { code: 'unreachable' } });
    const odd = network(() => new Response('<html>', { status: 502 }));
    await expect(odd.api.execute('pipeline.start', {})).rejects.toMatchObject({
      data: { code: 'bad-answer' },
    });
  });

  test('refuse an answer that is not what the contract says', async () => {
    const { api } = network(() => json({ result: { ok: 'yes' } }));
    await expect(api.execute('pipeline.start', {})).rejects.toThrow();
  });
});

describe('the stream', () => {
  function follow(answer: () => Response = () => json({}, 200)) {
    const net = network(answer);
    const frames: Frame[] = [];
    const states: ConnectionState[] = [];
    const end = net.api.subscribe(
      (frame) => frames.push(frame),
      (state) => states.push(state),
    );
    const send = (frame: Frame) => net.last().onmessage?.({ data: JSON.stringify(frame) });
    return { ...net, frames, states, end, send };
  }

  test('offers the token as a subprotocol, never in the address, and is connected with the first frame', () => {
    const { last, states, frames, send } = follow();
    expect(last().url).toBe('ws://127.0.0.1:5640/api/stream');
    expect(last().protocols).toEqual(['livedb', 'secret']);
    expect(states).toEqual(['connecting']);
    send(frameOf(7));
    expect(states).toEqual(['connecting', 'connected']);
    expect(frames.map((frame) => frame.seq)).toEqual([7]);
  });

  test('comes back after growing pauses, and starts over with short ones once it was connected', async () => {
    const { last, sockets, states, fire, send, timers } = follow();
    const pauses: number[] = [];
    for (let i = 0; i < 6; i += 1) {
      last().close();
      await settled();
      const pause = [...timers.values()].find(({ ms }) => ms !== SILENCE_MS)?.ms ?? 0;
      pauses.push(pause);
      fire(pause);
    }
    expect(pauses).toEqual([200, 400, 800, 1_500, 3_000, 3_000]);
    expect(sockets).toHaveLength(7);
    send(frameOf(1));
    expect(states[states.length - 1]).toBe('connected');
    last().close();
    await settled();
    expect([...timers.values()].map(({ ms }) => ms)).toEqual([200]);
  });

  test('takes silence for a dead line', async () => {
    const { fire, send, states } = follow();
    send(frameOf(1));
    fire(SILENCE_MS);
    await settled();
    expect(states[states.length - 1]).toBe('disconnected');
  });

  test('stops trying when the token is not known', async () => {
    const { last, states, timers } = follow(() => json({}, 401));
    last().close();
    await settled();
    expect(states).toEqual(['connecting', 'disconnected', 'refused']);
    expect(timers.size).toBe(0);
  });

  test('gives up on frames of another version, and says so once', () => {
    const { last, states, frames, timers } = follow();
    last().onmessage?.({ data: JSON.stringify({ ...frameOf(1), snapshot: {} }) });
    expect(states).toEqual(['connecting', 'mismatch']);
    expect(frames).toEqual([]);
    expect(timers.size).toBe(0);
  });

  test('leaves nothing behind when it is ended', async () => {
    const { end, last, states, timers } = follow();
    end();
    last().onclose?.();
    await settled();
    expect(timers.size).toBe(0);
    expect(states).toEqual(['connecting']);
  });
});
