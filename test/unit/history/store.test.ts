import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { ReplayRequest, type ReplayStatus } from '../../../src/shared/replay.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { ask, incident, openAt, result, T0 } from './fixtures.ts';

const DAY = 86_400_000;

const replay = (id: string, startedAt: number, state: ReplayStatus['state']): ReplayStatus => ({
  id,
  stage: 'processor',
  request: ReplayRequest.parse({ stage: 'processor', from: { kind: 'beginning' } }),
  target: 'branch',
  name: null,
  secondsLeft: null,
  cut: 0,
  late: 0,
  liveOnly: 0,
  comparison: null,
  settled: false,
  query: null,
  line: null,
  kept: false,
  undoable: false,
  waiting: null,
  outcome: null,
  state,
  startedAt,
  endedAt: null,
  total: 10,
  done: 5,
  live: 0,
  rate: 0,
  windows: 0,
  compared: 0,
  different: 0,
  error: null,
});

describe('history store', () => {
  it('opens with what happened before the restart', () => {
    using dir = tempDir('history');
    const clock = { at: T0 };
    const first = openAt(dir.path, clock);
    first.recordPoint({ at: T0, stepMs: 1000, values: { writerRate: 42 } });
    first.recordResults([result(T0, 'alpha')]);
    first.recordIncident(incident('i1', T0));
    first.recordIncident(incident('i1', T0, { endedAt: T0 + 500 }));
    first.recordReplay(replay('r1', T0, 'running'));
    first.recordReplay(replay('r1', T0, 'done'));
    clock.at = T0 + 5_000;
    first.close();

    const second = openAt(dir.path, clock);
    const answer = second.query(
      ask({ from: T0, include: ['points', 'results', 'incidents', 'runs'], series: ['writerRate'] }),
    );
    expect(answer.points.map((p) => p.values.writerRate)).toEqual([42]);
    expect(answer.results).toEqual([result(T0, 'alpha')]);
    expect(answer.incidents).toEqual([incident('i1', T0, { endedAt: T0 + 500 })]);
    expect(second.replays()).toEqual([replay('r1', T0, 'done')]);
    expect(answer.runs).toEqual([
      { id: 1, startedAt: T0, endedAt: T0 + 5_000, version: '0.0.1' },
      { id: 2, startedAt: T0 + 5_000, endedAt: null, version: '0.0.1' },
    ]);
    second.close();
  });

  it('keeps a replay over a kill right after it was told', () => {
    using dir = tempDir('history');
    const killed = openAt(dir.path, { at: T0 });
    killed.recordReplay(replay('r1', T0, 'running'));
    // What a process that begins now would find; the one that was killed never writes again.
    const found = new Database(join(dir.path, 'history.sqlite'), { readonly: true });
    expect(found.prepare('SELECT id FROM replays').pluck().all()).toEqual(['r1']);
    found.close();
    killed.close();
  });

  it('says when the run before was not closed', () => {
    using dir = tempDir('history');
    const clock = { at: T0 };
    const killed = openAt(dir.path, clock);
    clock.at = T0 + 9_000;
    killed.flush();
    // The file as a kill leaves it: copied while the first store is open and never ended.
    const copy = tempDir('history');
    using _ = copy;
    for (const name of readdirSync(dir.path)) {
      writeFileSync(join(copy.path, name), readFileSync(join(dir.path, name)));
    }
    killed.close();
    clock.at = T0 + 60_000;
    const next = openAt(copy.path, clock);
    expect(next.recentIncidents(5)).toMatchObject([
      { code: 'unclean-end', cause: expect.stringContaining('2026-11-23T10:00:09.000Z') },
    ]);
    expect(next.query(ask({ from: 0, include: ['runs'] })).runs[0]?.endedAt).toBeNull();
    next.close();
  });

  it('moves a corrupt file aside, begins a new one and says so', () => {
    using dir = tempDir('history');
    const file = join(dir.path, 'history.sqlite');
    writeFileSync(file, 'this is no database'.repeat(500));
    const store = openAt(dir.path, { at: T0 });
    expect(store.recentIncidents(5)).toMatchObject([{ code: 'history.moved', severity: 'warning' }]);
    store.recordPoint({ at: T0, stepMs: 1000, values: { writerRate: 1 } });
    expect(store.query(ask({ from: T0 })).points).toHaveLength(1);
    store.close();
    const aside = readdirSync(dir.path).filter((name) => name.includes('.aside-'));
    expect(aside).toHaveLength(1);
    expect(readFileSync(join(dir.path, aside[0] ?? ''), 'utf8')).toContain('this is no database');
  });

  it('never writes to an SQLite file that is not its own', () => {
    using dir = tempDir('history');
    const file = join(dir.path, 'history.sqlite');
    const foreign = new Database(file);
    foreign.exec('CREATE TABLE cats (name TEXT); INSERT INTO cats VALUES (1)');
    foreign.close();
    const store = openAt(dir.path, { at: T0 });
    expect(store.recentIncidents(1)[0]?.cause).toContain('LiveDB did not make');
    store.close();
    const aside = readdirSync(dir.path).find((name) => name.includes('.aside-'));
    const kept = new Database(join(dir.path, aside ?? 'missing'), { readonly: true, fileMustExist: true });
    expect(kept.prepare('SELECT * FROM cats').all()).toHaveLength(1);
    kept.close();
  });

  it('puts a file of a newer version aside', () => {
    using dir = tempDir('history');
    openAt(dir.path, { at: T0 }).close();
    const db = new Database(join(dir.path, 'history.sqlite'));
    db.pragma('user_version = 999');
    db.close();
    const store = openAt(dir.path, { at: T0 });
    expect(store.recentIncidents(1)[0]?.cause).toContain('newer LiveDB');
    store.close();
  });

  it('puts a file aside whose damage shows only when it is read, and goes on with a new one', () => {
    using dir = tempDir('history');
    const clock = { at: T0 };
    const first = openAt(dir.path, clock);
    for (let n = 0; n < 2_000; n += 1) first.recordResults([result(T0 + n * 10_000, 'alpha')]);
    first.close();
    const file = join(dir.path, 'history.sqlite');
    const bytes = readFileSync(file);
    // The first pages hold the schema; what comes behind them is overwritten.
    bytes.fill(0xa5, 64 * 1024);
    writeFileSync(file, bytes);

    const store = openAt(dir.path, clock);
    const answer = store.query(ask({ from: T0, to: T0 + 20_000_000, include: ['results'] }));
    expect(answer.results).toEqual([]);
    expect(store.recentIncidents(5)).toMatchObject([{ code: 'history.moved' }]);
    store.recordResults([result(T0, 'beta')]);
    expect(store.query(ask({ from: T0, include: ['results'], to: T0 + 1 })).results).toHaveLength(1);
    store.close();
    expect(readdirSync(dir.path).filter((name) => /\.aside-.*Z$/.test(name))).toHaveLength(1);
  });

  it('adds the column of a series that came later', () => {
    using dir = tempDir('history');
    openAt(dir.path, { at: T0 }).close();
    const db = new Database(join(dir.path, 'history.sqlite'));
    db.exec('ALTER TABLE points DROP COLUMN lateRate');
    db.close();
    const store = openAt(dir.path, { at: T0 + 1000 });
    store.recordPoint({ at: T0, stepMs: 1000, values: { lateRate: 7 } });
    expect(store.query(ask({ from: T0, series: ['lateRate'] })).points[0]?.values.lateRate).toBe(7);
    store.close();
  });

  it('drops what is older than the age, fine steps before coarse ones', () => {
    using dir = tempDir('history');
    const clock = { at: T0 };
    const store = openAt(dir.path, clock, { maxAgeDays: 30, maxSizeMb: 500 });
    for (let second = 0; second < 120; second += 1) {
      store.recordPoint({ at: T0 + second * 1000, stepMs: 1000, values: { writerRate: 1 } });
    }
    store.recordResults([result(T0, 'alpha')]);
    store.recordIncident(incident('old', T0));
    store.flush();
    const points = (stepMs: 1000 | 10_000 | 60_000) =>
      store.query(ask({ from: T0, to: T0 + 120_000, stepMs })).points.length;
    const passDays = (days: number) => {
      clock.at = T0 + days * DAY;
      for (let n = 0; n < 10; n += 1) store.flush();
    };
    passDays(2);
    expect(points(1000)).toBe(0);
    expect(points(10_000)).toBe(11);
    passDays(8);
    expect(points(10_000)).toBe(0);
    expect(points(60_000)).toBe(1);
    expect(store.recentIncidents(5)).toHaveLength(1);
    passDays(31);
    expect(points(60_000)).toBe(0);
    expect(store.recentIncidents(5)).toHaveLength(0);
    expect(store.query(ask({ from: 0, include: ['results'] })).results).toHaveLength(0);
    store.close();
  });

  it('stays below its size by dropping the oldest results', () => {
    using dir = tempDir('history');
    const clock = { at: T0 };
    const store = openAt(dir.path, clock, { maxAgeDays: 30, maxSizeMb: 10 });
    const orgs = Array.from({ length: 500 }, (_, n) => `organisation-with-a-long-name-${n}`.repeat(3));
    for (let window = 0; window < 200; window += 1) {
      clock.at = T0 + window * 10_000;
      store.recordResults(orgs.map((org) => result(clock.at, org)));
      store.flush();
    }
    for (let n = 0; n < 400; n += 1) store.flush();
    expect(store.bytes()).toBeLessThanOrEqual(10 * 1024 * 1024);
    const { results } = store.query(
      ask({ from: clock.at - 60_000, include: ['results'], maxPoints: 10_000 }),
    );
    expect(results).toHaveLength(500 * 7);
    store.close();
  });

  it('clears everything and goes on', () => {
    using dir = tempDir('history');
    const store = openAt(dir.path, { at: T0 + 1000 });
    store.recordPoint({ at: T0, stepMs: 1000, values: { writerRate: 1 } });
    store.flush();
    store.clear();
    expect(store.query(ask({ from: T0 })).points).toEqual([]);
    store.recordPoint({ at: T0, stepMs: 1000, values: { writerRate: 2 } });
    expect(store.query(ask({ from: T0 })).points).toHaveLength(1);
    store.close();
    expect(existsSync(join(dir.path, 'history.sqlite'))).toBe(true);
  });

  it('takes nothing more once it is closed', () => {
    using dir = tempDir('history');
    const store = openAt(dir.path, { at: T0 });
    store.close();
    store.close();
    expect(() => store.query(ask({ from: T0 }))).toThrow(/closed/);
  });
});
