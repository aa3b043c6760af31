import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { type OpenedBundle, openBundle, readHeader } from '../../../src/main/history/bundle/read.ts';
import { writeBundle } from '../../../src/main/history/bundle/write.ts';
import { quietSnapshot } from '../../support/quiet-snapshot.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { ask, incident, openAt, result, T0 } from './fixtures.ts';

const MINUTE = 60_000;
const QUIET = { signal: new AbortController().signal, onShare: () => undefined };
const ALL = ['points', 'results', 'incidents', 'runs', 'annotations'] as const;

/** Ten minutes of a run with everything in it, exported from the second to the eighth. */
async function exported(dir: string) {
  const clock = { at: T0 };
  const store = openAt(dir, clock);
  for (let at = T0; at < T0 + 10 * MINUTE; at += 1_000) {
    clock.at = at;
    store.recordPoint({ at, stepMs: 1000, values: { writerRate: at % 977, latencyP99: 3.5 } });
    const snapshot = quietSnapshot({ at });
    snapshot.stages.writer.rows = at - T0;
    store.recordMoment(snapshot);
    if (at % 10_000 === 0) store.recordResults([result(at, 'alpha'), result(at, 'beta')]);
  }
  store.recordIncident(incident('early', T0 + 5_000, { endedAt: T0 + 9_000 }));
  store.recordIncident(incident('inside', T0 + 3 * MINUTE));
  store.recordIncident(incident('later', T0 + 9 * MINUTE));
  store.putAnnotation({ id: 'note', at: T0 + 4 * MINUTE, until: null, text: 'look', createdAt: T0 });
  const [from, to] = [T0 + 2 * MINUTE, T0 + 8 * MINUTE];
  const path = join(dir, 'run.livedb');
  const shares: number[] = [];
  const content = { from, to, version: '1.2.3', createdAt: clock.at, pages: store.lines(from, to) };
  const bytes = await writeBundle(path, content, { ...QUIET, onShare: (share) => shares.push(share) });
  return { store, path, bytes, from, to, shares };
}

it('passes over stretches of which nothing was recorded, however long', async () => {
  using dir = tempDir('bundle');
  const { store } = await exported(dir.path);
  const pages = [...store.lines(0, T0 + 10 * MINUTE)];
  expect(pages.length).toBeLessThan(100);
  const points = pages.flat().filter(({ kind }) => kind === 'point');
  expect(points.length).toBeGreaterThan(600);
  const results = pages.flat().filter(({ kind }) => kind === 'result');
  expect(results).toHaveLength(120);
  store.close();
});

it('says how far it is while it is written, and leaves nothing behind when it is cancelled', async () => {
  using dir = tempDir('bundle');
  const { store, shares, from, to } = await exported(dir.path);
  expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  expect(shares.filter((share) => share > 0 && share < 1).length).toBeGreaterThan(5);
  expect(shares.at(-1)).toBeCloseTo(1, 1);

  const ending = new AbortController();
  const content = { from, to, version: '1.2.3', createdAt: T0, pages: store.lines(from, to) };
  const cancelled = writeBundle(join(dir.path, 'never.livedb'), content, {
    signal: ending.signal,
    onShare: (share) => {
      if (share > 0.3) ending.abort();
    },
  });
  await expect(cancelled).rejects.toMatchObject({ data: { code: 'bundle.cancelled' } });
  expect(readdirSync(dir.path).filter((name) => name.startsWith('never'))).toEqual([]);
  store.close();
});

it('holds the same past as the history it was taken from', async () => {
  using dir = tempDir('bundle');
  const { store, path, bytes, from, to } = await exported(dir.path);
  expect(bytes).toBe(readFileSync(path).length);
  expect(await readHeader(path)).toMatchObject({ livedb: 'bundle', format: 1, version: '1.2.3', from, to });

  const bundle: OpenedBundle = await openBundle(path, join(dir.path, 'opened.sqlite'));
  for (const stepMs of [1_000, 10_000, 60_000] as const) {
    const query = ask({ from, to, include: [...ALL], stepMs });
    const [there, here] = [bundle.query(query), store.query(query)];
    expect(there.points).toEqual(here.points);
    expect(there.results).toEqual(here.results);
    expect(there.annotations).toEqual(here.annotations);
    expect(there.runs).toEqual(here.runs);
    expect(there.incidents).toEqual(here.incidents);
  }
  expect(bundle.query(ask({ from, to: null, include: ['points'] })).points.at(-1)?.at).toBe(to - 1_000);
  for (const at of [from, from + 61_500, to - 1]) expect(bundle.moment(at)).toEqual(store.moment(at));
  // What the first moment shows happened before the stretch.
  expect(bundle.moment(from)?.snapshot.incidents).toHaveLength(1);
  await bundle.close();
  expect(readdirSync(dir.path).filter((name) => name.startsWith('opened'))).toEqual([]);
  store.close();
});

it('is refused whole when anything of it is wrong, and leaves nothing behind', async () => {
  using dir = tempDir('bundle');
  const { store, path } = await exported(dir.path);
  store.close();
  const lines = gunzipSync(readFileSync(path)).toString().trimEnd().split('\n');
  const packed = (changed: readonly string[]) => gzipSync(`${changed.join('\n')}\n`);
  const whole = readFileSync(path);
  const broken: Record<string, [Buffer, RegExp]> = {
    'cut off': [whole.subarray(0, whole.length - 200), /part of it is missing|cut off/],
    'no gzip': [Buffer.from('hello'), /no gzip/],
    'no bundle': [packed(['{"hello":1}']), /does not begin like a bundle/],
    'no end': [packed(lines.slice(0, -1)), /end is missing/],
    'a line gone': [packed(lines.toSpliced(40, 1)), /missing or too many/],
    'a figure altered': [packed(lines.map((l) => l.replace('"writerRate":', '"writerRate":1'))), /checksum/],
    'not JSON': [packed(lines.with(40, '{"kind":')), /line 41 is not JSON/],
    'of no known form': [packed(lines.with(40, '{"kind":"point","point":{"at":"x"}}')), /line 41/],
    'more behind the end': [packed([...lines, lines[3] ?? '']), /behind its end/],
    newer: [packed(lines.with(0, (lines[0] ?? '').replace('"format":1', '"format":2'))), /does not know/],
    empty: [gzipSync(''), /empty/],
  };
  for (const [name, [bytes, why]] of Object.entries(broken)) {
    const bad = join(dir.path, 'bad.livedb');
    writeFileSync(bad, bytes);
    const file = join(dir.path, 'opened.sqlite');
    await expect(openBundle(bad, file), name).rejects.toThrow(why);
    expect(existsSync(file), name).toBe(false);
  }
  await expect(openBundle(join(dir.path, 'none.livedb'), join(dir.path, 'o.sqlite'))).rejects.toMatchObject({
    data: { code: 'bundle.missing' },
  });
});

it('leaves no half file when the export fails', async () => {
  using dir = tempDir('bundle');
  const path = join(dir.path, 'x.livedb');
  const pages = (function* () {
    yield [];
    throw new Error('the disk is gone');
  })();
  await expect(
    writeBundle(path, { from: 0, to: 1, version: '1', createdAt: 1, pages }, QUIET),
  ).rejects.toThrow('the disk');
  expect(readdirSync(dir.path)).toEqual([]);
});
