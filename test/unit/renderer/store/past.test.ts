import { beforeEach, expect, it } from 'vitest';
import { createStore } from 'zustand/vanilla';
import { createPastRoom, type PastStore } from '../../../../src/renderer/store/past.ts';
import { followPast } from '../../../../src/renderer/store/past-loader.ts';
import { createShown } from '../../../../src/renderer/store/shown.ts';
import type { ControlRoomApi } from '../../../../src/shared/bridge.ts';
import { LiveDbError } from '../../../../src/shared/errors.ts';
import type { Snapshot } from '../../../../src/shared/snapshot.ts';
import { eventually } from '../../../support/eventually.ts';
import { quietSnapshot } from '../../../support/quiet-snapshot.ts';

interface Asked {
  command: string;
  input: unknown;
  answer(value: unknown): void;
  refuse(error: LiveDbError): void;
}

let asked: Asked[];
let room: PastStore;
const api = {
  execute: (command: string, input: unknown) =>
    command === 'history.query'
      ? Promise.resolve({ points: POINTS })
      : new Promise((answer, refuse) => asked.push({ command, input, answer, refuse })),
} as unknown as Pick<ControlRoomApi, 'execute'>;
const POINTS = [{ at: 900, stepMs: 1000, values: { writerRate: 7 } }];
const moment = (at: number) => ({ at, nearest: false, snapshot: quietSnapshot({ at }) });
const bundle = { id: 'b1', name: 'x.livedb', from: 0, to: 10_000 };

beforeEach(() => {
  asked = [];
  room = createPastRoom();
  followPast(api, room);
});

it('asks for one place at a time, and then for the newest', async () => {
  room.setState({ at: 1_000 });
  room.setState({ at: 2_000 });
  room.setState({ at: 3_000 });
  expect(asked.map(({ input }) => input)).toEqual([{ at: 1_000 }]);
  asked[0]?.answer(moment(1_000));
  await eventually('the newest is asked for', () => asked.length === 2);
  expect(asked[1]?.input).toEqual({ at: 3_000 });
  asked[1]?.answer(moment(3_000));
  await eventually('it is shown', () => room.getState().moment?.at === 3_000);
  expect(asked).toHaveLength(2);
  expect(room.getState().points).toEqual(POINTS);
});

it('forgets an answer that comes after the way back to the present', async () => {
  room.setState({ at: 1_000 });
  room.setState({ at: null, moment: null });
  asked[0]?.answer(moment(1_000));
  await new Promise((done) => setImmediate(done));
  expect(room.getState().moment).toBeNull();
});

it('says why there is nothing, and keeps what was shown', async () => {
  room.setState({ at: 1_000 });
  asked[0]?.answer(moment(1_000));
  await eventually('it is shown', () => room.getState().moment?.at === 1_000);
  room.setState({ at: 5_000 });
  asked[1]?.refuse(new LiveDbError({ code: 'moment.none', message: 'No state was recorded yet.' }));
  await eventually('it is said', () => room.getState().error?.code === 'moment.none');
  expect(room.getState().moment?.at).toBe(1_000);
});

it('asks the bundle that is looked at, and closes it afterwards', () => {
  room.setState({ at: 9_000, bundle });
  expect(asked[0]?.input).toEqual({ at: 9_000, bundle: 'b1' });
  room.setState({ at: null, bundle: null });
  expect(asked[1]).toMatchObject({ command: 'bundle.close', input: { id: 'b1' } });
});

it('shows the live snapshot, the moment while there is one, and the newest live one afterwards', () => {
  const live = createStore<{ snapshot: Snapshot | null }>(() => ({ snapshot: quietSnapshot({ at: 1 }) }));
  const shown = createShown(live, room);
  expect(shown.getState().snapshot?.at).toBe(1);
  room.setState({ at: 500 });
  // Nothing has come yet: better the present than nothing.
  live.setState({ snapshot: quietSnapshot({ at: 2 }) });
  expect(shown.getState().snapshot?.at).toBe(2);
  room.setState({ moment: moment(500) });
  live.setState({ snapshot: quietSnapshot({ at: 3 }) });
  expect(shown.getState().snapshot?.at).toBe(500);
  room.setState({ at: null, moment: null });
  expect(shown.getState().snapshot?.at).toBe(3);
});
