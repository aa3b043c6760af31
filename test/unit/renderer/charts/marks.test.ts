import { expect, it } from 'vitest';
import { markNear, marksIn } from '../../../../src/renderer/charts/marks.ts';
import type { Incident } from '../../../../src/shared/incident.ts';
import { ReplayStatus } from '../../../../src/shared/replay.ts';

const incident = (id: string, at: number): Incident => ({
  id,
  at,
  endedAt: null,
  severity: 'error',
  subject: 'writer',
  code: 'killed',
  title: `incident ${id}`,
  cause: '',
  remedy: null,
});

const replay = (startedAt: number, endedAt: number | null): ReplayStatus =>
  ReplayStatus.parse({
    id: 'r',
    stage: 'processor',
    request: { stage: 'processor', from: { kind: 'beginning' } },
    state: endedAt === null ? 'running' : 'done',
    startedAt,
    endedAt,
    total: 1,
    done: 1,
    rate: 0,
    windows: 0,
    compared: 0,
    different: 0,
    error: null,
  });

const nothing = { incidents: [], runs: [], replays: [], annotations: [] };

it('shows what falls into the view, oldest first, and stretches that reach into it', () => {
  const marks = marksIn(
    {
      incidents: [incident('late', 900), incident('early', 100), incident('before', 10)],
      runs: [{ id: 1, startedAt: 500, endedAt: null, version: '1' }],
      replays: [replay(20, 200)],
      annotations: [{ id: 'n', at: 600, until: 700, text: 'deploy', createdAt: 700 }],
    },
    50,
    1_000,
  );
  expect(marks.map(({ kind, at }) => [kind, at])).toEqual([
    ['replay', 20],
    ['incident', 100],
    ['run', 500],
    ['annotation', 600],
    ['incident', 900],
  ]);
});

it('lets a running replay reach to the end of the view', () => {
  expect(marksIn({ ...nothing, replays: [replay(500, null)] }, 0, 1_000)[0]).toMatchObject({
    at: 500,
    until: 1_000,
  });
});

it('keeps the newest marks when there are very many', () => {
  const incidents = Array.from({ length: 500 }, (_, index) => incident(String(index), index));
  const marks = marksIn({ ...nothing, incidents }, 0, 1_000);
  expect(marks).toHaveLength(60);
  expect(marks.at(-1)?.at).toBe(499);
});

it('names the nearest mark within reach, a moment before the stretch around it', () => {
  const marks = marksIn(
    { ...nothing, incidents: [incident('a', 300)], replays: [replay(100, 900)] },
    0,
    1_000,
  );
  expect(markNear(marks, 305, 20)?.key).toBe('incident-a');
  expect(markNear(marks, 600, 20)?.key).toBe('replay-r');
  expect(markNear(marks, 960, 20)).toBeNull();
});
