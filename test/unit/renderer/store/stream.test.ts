import { describe, expect, test } from 'vitest';
import { createPerform } from '../../../../src/renderer/store/perform.ts';
import { createControlRoom } from '../../../../src/renderer/store/state.ts';
import { followStream, type Sight } from '../../../../src/renderer/store/stream.ts';
import type { ConnectionState, ControlRoomApi } from '../../../../src/shared/bridge.ts';
import { LiveDbError } from '../../../../src/shared/errors.ts';
import type { MetricPoint } from '../../../../src/shared/history.ts';
import type { RunState } from '../../../../src/shared/names.ts';
import type { Frame, Snapshot } from '../../../../src/shared/snapshot.ts';
import { frameOf, quietSnapshot } from '../../../support/quiet-snapshot.ts';

const NOW = Date.UTC(2026, 10, 23, 12);
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
const pointAt = (at: number): MetricPoint => ({ at, stepMs: 1_000, values: { writerRate: 1 } });

/** A control plane in the hand of the test. */
function controlPlane(sight?: Sight) {
  const asked: { command: string; input: unknown }[] = [];
  let answer: (command: string) => unknown = () => ({
    stepMs: 1000,
    points: [],
    results: [],
    incidents: [],
    runs: [],
  });
  let onFrame: (frame: Frame) => void = () => undefined;
  let onState: (state: ConnectionState) => void = () => undefined;
  const api = {
    execute: async (command: string, input: unknown) => {
      asked.push({ command, input });
      return answer(command);
    },
    subscribe: (frame: typeof onFrame, state: typeof onState) => {
      onFrame = frame;
      onState = state;
      return () => undefined;
    },
  } as ControlRoomApi;
  const store = createControlRoom();
  followStream(api, store, () => NOW, sight);
  return {
    api,
    store,
    asked,
    answerWith: (next: typeof answer) => {
      answer = next;
    },
    frame: (frame: Frame) => onFrame(frame),
    connection: (state: ConnectionState) => onState(state),
  };
}

function withWriter(state: RunState): Snapshot {
  const quiet = quietSnapshot();
  return quietSnapshot({ stages: { ...quiet.stages, writer: { ...quiet.stages.writer, state } } });
}

describe('frames', () => {
  test('a hidden page takes only the newest when it is shown, and what it missed from the history', async () => {
    let hidden = false;
    let show: () => void = () => undefined;
    const sight = {
      hidden: () => hidden,
      onShown: (run: () => void) => {
        show = run;
        return () => undefined;
      },
    };
    const { frame, asked, store } = controlPlane(sight);
    frame(frameOf(1, { points: [pointAt(NOW)] }));
    await settled();
    hidden = true;
    frame(frameOf(2, { snapshot: withWriter('running'), points: [pointAt(NOW + 1_000)] }));
    frame(frameOf(3, { snapshot: withWriter('failed'), points: [pointAt(NOW + 2_000)] }));
    expect(store.getState().snapshot?.stages.writer.state).not.toBe('failed');
    expect(asked).toHaveLength(1);

    hidden = false;
    show();
    await settled();
    expect(store.getState().snapshot?.stages.writer.state).toBe('failed');
    expect(asked[1]?.input).toMatchObject({ from: NOW });
    const questions = asked.length;
    show();
    await settled();
    expect(asked).toHaveLength(questions);
  });

  test('the first one is followed by the hour before it, from the history', async () => {
    const { frame, asked, answerWith, store } = controlPlane();
    answerWith(() => ({
      stepMs: 1000,
      points: [pointAt(NOW - 60_000)],
      results: [],
      incidents: [],
      runs: [],
    }));
    frame(frameOf(5, { points: [pointAt(NOW)] }));
    await settled();
    expect(asked).toEqual([
      {
        command: 'history.query',
        input: { from: NOW - 3_600_000, stepMs: 1000, maxPoints: 10_000, include: ['points', 'results'] },
      },
    ]);
    expect(store.getState().points.map(({ at }) => at)).toEqual([NOW - 60_000, NOW]);
  });

  test('a missed frame is made good from the last point on, one that follows asks for nothing', async () => {
    const { frame, asked } = controlPlane();
    frame(frameOf(5, { points: [pointAt(NOW)] }));
    frame(frameOf(6, { points: [pointAt(NOW + 1_000)] }));
    await settled();
    expect(asked).toHaveLength(1);
    frame(frameOf(9));
    await settled();
    // A result it carried is of a window that began before, or corrects one that did.
    const { window, outOfOrdernessMs, allowedLatenessMs, idleTimeoutMs } =
      quietSnapshot().settings.processor.query;
    const size = window.kind === 'tumbling' ? window.sizeMs : 0;
    const back = size + outOfOrdernessMs + allowedLatenessMs + idleTimeoutMs;
    expect(asked.slice(1).map(({ input }) => input)).toMatchObject([
      { from: NOW + 1_000, include: ['points'] },
      { from: NOW + 1_000 - back, include: ['results'] },
    ]);
  });

  test('frames missed while the history answers are made good together', async () => {
    const { frame, asked } = controlPlane();
    frame(frameOf(5, { points: [pointAt(NOW)] }));
    frame(frameOf(8, { points: [pointAt(NOW + 1_000)] }));
    frame(frameOf(10, { points: [pointAt(NOW + 2_000)] }));
    expect(asked).toHaveLength(1);
    await settled();
    await settled();
    expect(asked.slice(1).map(({ input }) => input)).toMatchObject([
      { from: NOW, include: ['points'] },
      { include: ['results'] },
    ]);
  });

  test('equal snapshots keep their identity, so that nothing is drawn again', () => {
    const { frame, store } = controlPlane();
    frame(frameOf(1));
    const first = store.getState().snapshot;
    frame(frameOf(2));
    expect(store.getState().snapshot).toBe(first);
  });

  test('a change of state is announced, a tick is not', () => {
    const { frame, store } = controlPlane();
    frame(frameOf(1, { snapshot: withWriter('stopped') }));
    frame(frameOf(2, { snapshot: withWriter('running') }));
    expect(store.getState().announcement).toBe('Writer running.');
    frame(frameOf(3, { snapshot: { ...withWriter('running'), at: NOW } }));
    expect(store.getState().announcement).toBe('Writer running.');
  });

  test('a ledger that breaks is announced, and that it healed', () => {
    const { frame, store } = controlPlane();
    const ledger = { ...quietSnapshot().ledger, missing: 3 };
    frame(frameOf(1));
    frame(frameOf(2, { snapshot: quietSnapshot({ ledger }) }));
    expect(store.getState().announcement).toBe('Ledger: 3 missing, 0 doubled.');
    frame(frameOf(3));
    expect(store.getState().announcement).toBe('Ledger: nothing missing, nothing doubled.');
  });
});

test('a lost line is told with its time, and its return', () => {
  const { connection, frame, store } = controlPlane();
  connection('connected');
  frame(frameOf(1));
  connection('disconnected');
  expect(store.getState()).toMatchObject({ lostSince: NOW, announcement: 'Connection lost.' });
  connection('connected');
  expect(store.getState()).toMatchObject({ lostSince: null, announcement: 'Connection restored.' });
});

describe('commands', () => {
  const start = {
    part: 'writer',
    expect: 'starting',
    done: 'Writer started',
    failed: 'Writer was not started',
  } as const;

  test('show what they promise at once, until the control plane shows another state', async () => {
    const { api, store, frame, answerWith } = controlPlane();
    frame(frameOf(1, { snapshot: withWriter('stopped') }));
    let answered: (value: unknown) => void = () => undefined;
    answerWith(() => new Promise((resolve) => (answered = resolve)));
    const done = createPerform(api, store)('stage.start', { stage: 'writer' }, start);
    expect(store.getState().expected.writer).toBe('starting');
    expect(store.getState().pending).toEqual(['stage.start:writer']);
    frame(frameOf(2, { snapshot: withWriter('stopped') }));
    expect(store.getState().expected.writer).toBe('starting');
    frame(frameOf(3, { snapshot: withWriter('running') }));
    expect(store.getState().expected.writer).toBeUndefined();
    answered({ ok: true });
    expect(await done).toEqual({ ok: true });
    expect(store.getState().pending).toEqual([]);
    expect(store.getState().toasts.map(({ text }) => text)).toEqual(['Writer started']);
  });

  test('take their promise back when they are refused, and say why', async () => {
    const { api, store, frame, answerWith } = controlPlane();
    frame(frameOf(1));
    const refusal = { code: 'kafka.down', message: 'Kafka is down.', remedy: 'Start it.' };
    answerWith(() => {
      throw new LiveDbError(refusal);
    });
    expect(await createPerform(api, store)('stage.start', { stage: 'writer' }, start)).toBeNull();
    const { expected, pending, toasts } = store.getState();
    expect(expected.writer).toBeUndefined();
    expect(pending).toEqual([]);
    expect(toasts).toMatchObject([{ kind: 'failed', text: 'Writer was not started', error: refusal }]);
  });

  test('never heap up more than four messages', async () => {
    const { api, store, answerWith } = controlPlane();
    answerWith(() => ({ ok: true }));
    const perform = createPerform(api, store);
    for (let i = 1; i <= 6; i += 1) {
      await perform('pipeline.start', {}, { done: `start ${i}`, failed: 'no' });
    }
    expect(store.getState().toasts.map(({ text }) => text)).toEqual([
      'start 3',
      'start 4',
      'start 5',
      'start 6',
    ]);
  });
});
