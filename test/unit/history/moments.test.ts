import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { readSnapshot } from '../../../src/main/history/moment-code.ts';
import type { Snapshot } from '../../../src/shared/snapshot.ts';
import { quietSnapshot } from '../../support/quiet-snapshot.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { incident, openAt, T0 } from './fixtures.ts';

const HOUR = 3_600_000;

/** A state that can be told from that of another second. */
const stateAt = (at: number, rows = at - T0): Snapshot => {
  const snapshot = quietSnapshot({ at });
  return { ...snapshot, stages: { ...snapshot.stages, writer: { ...snapshot.stages.writer, rows } } };
};

it('gives each second back as it was, with the incidents of that time', () => {
  using dir = tempDir('history');
  const clock = { at: T0 };
  const store = openAt(dir.path, clock);
  store.recordIncident(incident('before', T0 - 5_000, { endedAt: T0 + 1_500 }));
  store.recordIncident(incident('after', T0 + 2_500));
  for (let at = T0; at < T0 + 5_000; at += 1_000) store.recordMoment(stateAt(at));
  clock.at = T0 + 5_000;
  store.flush();

  const second = store.moment(T0 + 1_400);
  expect(second).toMatchObject({ at: T0 + 1_000, nearest: false });
  expect(second?.snapshot).toEqual({
    ...stateAt(T0 + 1_000),
    // It ended later: then it still lasted.
    incidents: [incident('before', T0 - 5_000)],
  });
  expect(store.moment(T0 + 3_000)?.snapshot.incidents).toEqual([
    incident('after', T0 + 2_500),
    incident('before', T0 - 5_000, { endedAt: T0 + 1_500 }),
  ]);
  expect(store.moment(T0 + HOUR)).toMatchObject({ at: T0 + 4_000, nearest: true });
  expect(store.moment(T0 - HOUR)).toMatchObject({ at: T0, nearest: true });
  store.close();
});

it('keeps no password, and says so in the address', () => {
  using dir = tempDir('history');
  const store = openAt(dir.path, { at: T0 });
  const live = quietSnapshot({ at: T0 });
  live.services.postgres.url = 'postgres://livedb:s3cret@127.0.0.1:5432/livedb';
  store.recordMoment(live);
  expect(store.moment(T0)?.snapshot.services.postgres.url).toBe(
    'postgres://livedb:••••@127.0.0.1:5432/livedb',
  );
  store.close();
});

it('has none before the first', () => {
  using dir = tempDir('history');
  const store = openAt(dir.path, { at: T0 });
  expect(store.moment(T0)).toBeNull();
  store.close();
});

it('goes on from the same file after a restart, and follows changed settings', () => {
  using dir = tempDir('history');
  const clock = { at: T0 };
  const first = openAt(dir.path, clock);
  first.recordMoment(stateAt(T0));
  first.close();
  clock.at = T0 + 1_000;
  const second = openAt(dir.path, clock);
  const changed = stateAt(T0 + 1_000);
  changed.settings = { ...changed.settings, history: { maxAgeDays: 3, maxSizeMb: 77 } };
  second.recordMoment(changed);
  expect(second.moment(T0)?.snapshot.settings.history.maxSizeMb).not.toBe(77);
  expect(second.moment(T0 + 1_000)?.snapshot.settings.history.maxSizeMb).toBe(77);
  second.close();
});

it('takes some hundred bytes a moment, gets sparser with age, and keeps changes of state', () => {
  using dir = tempDir('history');
  const clock = { at: T0 };
  const store = openAt(dir.path, clock);
  const seconds = 3 * 3_600;
  const failedAt = T0 + 125_000;
  for (let i = 0; i < seconds; i += 1) {
    clock.at = T0 + i * 1_000;
    const snapshot = stateAt(clock.at, i * 37);
    if (clock.at === failedAt) snapshot.stages.writer.state = 'failed';
    store.recordMoment(snapshot);
    if (i % 60 === 0) store.flush();
  }
  const full = new Database(`${dir.path}/history.sqlite`, { readonly: true });
  const { bytes } = full.prepare('SELECT avg(length(body)) AS bytes FROM moments').get() as { bytes: number };
  full.close();
  expect(bytes).toBeLessThan(400);

  for (let i = 0; i < 60; i += 1) store.flush();
  expect(store.moment(clock.at - 60_500)?.at).toBe(clock.at - 61_000);
  // Older than two hours: each 10 s.
  expect(store.moment(T0 + 305_500)?.at).toBe(T0 + 300_000);
  expect(store.moment(T0 + 305_500)?.nearest).toBe(false);
  expect(store.moment(failedAt)?.snapshot.stages.writer.state).toBe('failed');
  expect(store.moment(failedAt + 2_000)?.snapshot.stages.writer.state).toBe('stopped');

  clock.at += 20 * 24 * HOUR;
  for (let i = 0; i < 60; i += 1) store.flush();
  const thinned = new Database(`${dir.path}/history.sqlite`, { readonly: true });
  expect(thinned.prepare('SELECT count(*) AS n FROM moments').get()).toEqual({ n: 18 });
  expect(thinned.prepare('SELECT count(*) AS n FROM moment_bases').get()).toEqual({ n: 3 });
  thinned.close();
  store.close();
});

it('fills in what an older LiveDB did not record, and drops what is no longer known', () => {
  const written = JSON.parse(JSON.stringify(quietSnapshot())) as Record<string, unknown>;
  delete written.chaos;
  delete written.amounts;
  written.gone = 1;
  written.settings = { writer: { rowsPerBurst: 7, forgotten: true } };
  const whole = readSnapshot(written, []);
  expect(whole.amounts).toBeNull();
  expect(whole.chaos.scorecards).toEqual([]);
  expect(whole.settings.writer.rowsPerBurst).toBe(7);
  expect(whole.ledger).toEqual(quietSnapshot().ledger);
  expect(whole.settings.producer).toEqual(quietSnapshot().settings.producer);
  expect('gone' in whole).toBe(false);
  expect(() => readSnapshot('nothing', [])).toThrow();
});

it('keeps annotations: put, changed, found by the stretch they touch, removed', () => {
  using dir = tempDir('history');
  const clock = { at: T0 };
  const store = openAt(dir.path, clock);
  const note = { id: 'a', at: T0, until: T0 + 5_000, text: 'deploy', createdAt: T0 };
  store.putAnnotation(note);
  store.putAnnotation({ ...note, id: 'b', at: T0 + 9_000, until: null });
  store.putAnnotation({ ...note, text: 'deploy of 1.2' });
  expect(store.annotations(T0 + 4_000, T0 + 6_000)).toEqual([{ ...note, text: 'deploy of 1.2' }]);
  expect(store.annotations(0, T0 + 10_000).map(({ id }) => id)).toEqual(['a', 'b']);
  store.close();
  const again = openAt(dir.path, clock);
  expect(again.annotation('a')?.text).toBe('deploy of 1.2');
  again.removeAnnotation('a');
  expect(again.annotation('a')).toBeNull();
  again.close();
});

it('reads a file of before the moments', () => {
  using dir = tempDir('history');
  const clock = { at: T0 };
  const first = openAt(dir.path, clock);
  first.recordIncident(incident('i', T0));
  first.close();
  const old = new Database(`${dir.path}/history.sqlite`);
  old.exec('DROP TABLE moments; DROP TABLE moment_bases; DROP TABLE annotations;');
  old.exec('ALTER TABLE replay_results DROP COLUMN cut; DROP TABLE replay_live; DROP TABLE dead_outcomes;');
  old.pragma('user_version = 3');
  old.close();
  const migrated = openAt(dir.path, clock);
  expect(migrated.recentIncidents(5).map(({ id }) => id)).toContain('i');
  migrated.recordMoment(stateAt(T0));
  expect(migrated.moment(T0)?.at).toBe(T0);
  migrated.close();
});
