// The examples of docs/automation.md, run as they stand, and what the interface refuses.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ControlRoom, startControlRoom } from '../support/control-room.ts';

const run = promisify(execFile);
const page = readFileSync(resolve(import.meta.dirname, '../../docs/automation.md'), 'utf8');
const examples = [...page.matchAll(/```sh\n([\s\S]*?)```/g)].map((match) => match[1] ?? '');

let room: ControlRoom;
beforeAll(async () => {
  room = await startControlRoom();
});
afterAll(async () => {
  expect(await room.close()).toBe(0);
});

describe('docs/automation.md', () => {
  it('has examples', () => expect(examples.length).toBeGreaterThan(8));

  it.each(examples.map((example) => [/api\/([\w.]+)/.exec(example)?.[1] ?? '', example]))(
    '%s works as written',
    async (name, example) => {
      await room.until(
        'running',
        (s) => Object.values(s.stages).every((stage) => stage.state === 'running'),
        30_000,
      );
      const { stdout } = await run('bash', ['-c', example], {
        env: { ...process.env, URL: room.ready.url, TOKEN: room.ready.token },
      });
      const answer = JSON.parse(stdout);
      if (name === 'snapshot')
        expect(Object.keys(answer)).toEqual(
          expect.arrayContaining(['services', 'stages', 'latency', 'ledger', 'incidents']),
        );
      else expect(answer).toHaveProperty('result');
    },
  );
});

describe('what is refused', () => {
  const post = (path: string, body: string, headers: Record<string, string> = {}) =>
    fetch(new URL(path, room.ready.url), {
      method: 'POST',
      headers: {
        authorization: `Bearer ${room.ready.token}`,
        'content-type': 'application/json',
        ...headers,
      },
      body,
    });

  it.each([
    ['an unknown command', 'api/pipeline.fly', '{}', 404, 'unknown-command', null],
    ['a body that is no JSON', 'api/pipeline.start', '{', 400, 'bad-request', null],
    [
      'a value out of range',
      'api/writer.configure',
      '{"rowsPerBurst":0}',
      400,
      'bad-request',
      'rowsPerBurst',
    ],
    ['an unknown field', 'api/stage.start', '{"stage":"writer","now":true}', 400, 'bad-request', null],
    [
      'a deep field',
      'api/processor.configure',
      '{"query":{"window":{"kind":"tumbling","sizeMs":1}}}',
      400,
      'bad-request',
      'query.window.sizeMs',
    ],
  ])('%s', async (_what, path, body, status, code, field) => {
    const answer = await post(path, body);
    expect(answer.status).toBe(status);
    const { error } = (await answer.json()) as {
      error: { code: string; message: string; details?: { fields: { path: string }[] } };
    };
    expect(error.code).toBe(code);
    expect(error.message.length).toBeGreaterThan(10);
    if (field !== null) expect(error.details?.fields.map((fault) => fault.path)).toContain(field);
  });

  it('a wrong token', async () => {
    const answer = await post('api/pipeline.start', '{}', { authorization: 'Bearer wrong' });
    expect(answer.status).toBe(401);
  });
});
