// The processor and replays against a real Apache Kafka: the same guarantees, on a broker that is not ours.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAdmin } from '../../src/clients/kafka.ts';
import type { ReplayRequestInput } from '../../src/shared/replay.ts';
import { type ApacheKafka, apacheKafkaMissing, startApacheKafka } from '../support/apache-kafka.ts';
import { type DataFolder, makeDataFolder } from '../support/data-folder.ts';
import { eventually } from '../support/eventually.ts';
import { type LiveApp, openLiveApp } from '../support/live-app.ts';
import {
  awaitOracle,
  Events,
  processorConfig,
  publish,
  seeded,
  startProcessor,
} from '../support/processor-line.ts';
import { tempDir } from '../support/temp-dir.ts';
import { compareTableAndTopic, compareWindows, sql, topicRecords } from '../support/witness.ts';

const missing = await apacheKafkaMissing();
if (missing !== null) process.stdout.write(`Skipped: the processor against Apache Kafka (${missing}).\n`);

describe.skipIf(missing !== null)('processor on Apache Kafka', () => {
  const dir = tempDir('processor-apache');
  let kafka: ApacheKafka;

  beforeAll(async () => {
    kafka = await startApacheKafka();
  }, 150_000);

  afterAll(async () => {
    await kafka?.stop();
    dir[Symbol.dispose]();
  });

  it('publishes each revision once through kills, and a successor fences its predecessor off', async () => {
    const endpoint = { ...kafka.endpoint, topic: 'alone_events', resultsTopic: 'alone_results' };
    const admin = openAdmin(endpoint, { clientIdSuffix: 'test' });
    await admin.ensureTopics(
      [endpoint.topic, endpoint.resultsTopic].map((name) => ({ name, partitions: 3 })),
    );
    await admin.close();
    const config = processorConfig(dir.path, endpoint);
    const events = new Events(99);
    const random = seeded(99);
    let processor = await startProcessor(config);
    for (let kill = 0; kill < 4; kill++) {
      const from = Date.now();
      const killAfter = random() * 800;
      let stopped: Promise<void> | null = null;
      while (Date.now() - from < 900) {
        await publish(endpoint, events.make(40, Date.now()));
        if (stopped === null && Date.now() - from >= killAfter) stopped = processor.kill();
      }
      await (stopped ?? processor.kill());
      processor = await startProcessor(config);
    }
    await awaitOracle(endpoint, events);

    // A second one takes over: the first may not publish any more, and says why.
    const second = await startProcessor(processorConfig(`${dir.path}/second`, endpoint));
    await publish(endpoint, events.make(200, Date.now()));
    await processor.ended(20_000);
    expect(processor.fatal?.error.code).toBe('processor.fenced');
    expect(processor.fatal?.retry).toBe(false);
    await awaitOracle(endpoint, events);
    expect(await second.drain()).toBe(0);
  }, 150_000);

  describe('replays beside a live line', () => {
    const WINDOW_MS = 1_000;
    let folder: DataFolder;
    let app: LiveApp;
    let url: string;
    const bootstrap = () => kafka.endpoint.brokers[0] ?? '';
    const republished: string[] = [];

    beforeAll(async () => {
      folder = makeDataFolder('replay-apache');
      app = await openLiveApp(folder.dataDir, { KAFKA_BROKER: bootstrap() });
      await app.execute('processor.configure', {
        query: { window: { kind: 'tumbling', sizeMs: WINDOW_MS } },
      });
      await app.execute('writer.configure', { rowsPerBurst: 100, intervalMs: 50 });
      await eventually('events', () => app.snapshot().stages.processor.events > 12_000, 80_000);
      url = app.snapshot().services.postgres.url ?? '';
    }, 120_000);
    afterAll(async () => {
      await app?.close();
      folder?.[Symbol.dispose]();
    });

    async function replayed(request: ReplayRequestInput) {
      const preview = await app.execute('replay.preview', request);
      expect(preview.conflicts.filter(({ blocking }) => blocking)).toEqual([]);
      const { id } = await app.execute('replay.start', { ...request, preview: preview.id });
      const find = () => app.snapshot().replays.find((one) => one.id === id);
      await eventually('the end of the replay', () => (find()?.endedAt ?? null) !== null, 80_000);
      return { id, preview, status: find() };
    }

    async function settled(rows: number) {
      const even = () => {
        const { processed, missing } = app.snapshot().ledger;
        return processed === rows && missing === 0;
      };
      await eventually('the ledger settles', even, 60_000);
      return app.snapshot();
    }

    it('a branch with the same question differs in nothing', async () => {
      const { preview, status } = await replayed({ stage: 'processor', from: { kind: 'beginning' } });
      expect(status).toMatchObject({
        state: 'done',
        settled: true,
        done: preview.events,
        windows: preview.windows,
        different: 0,
        liveOnly: 0,
      });
      expect(status?.compared).toBeGreaterThan(20);
    }, 120_000);

    it('a re-publish leaves producer_offsets to the producer, and the live counts', async () => {
      await app.execute('stage.stop', { stage: 'writer' });
      const rows = Number((await sql(url, 'SELECT count(*) FROM livedb'))[0]?.[0]);
      await settled(rows);
      const place = () => sql(url, 'SELECT last_id, last_created_at, updated_at FROM producer_offsets');
      const before = await place();
      const { id, status } = await replayed({ stage: 'producer', from: { kind: 'last', count: 2_500 } });
      expect(status).toMatchObject({ state: 'done', done: 2_500 });
      republished.push(id);
      expect(await place()).toEqual(before);
      expect(app.snapshot().ledger).toMatchObject({ processed: rows, missing: 0, duplicates: 0 });
      await app.execute('stage.start', { stage: 'writer' });
      await eventually('rows come', () => app.snapshot().ledger.processed > rows + 2_000, 60_000);
    }, 180_000);

    it('a re-publish under load is killed and goes on, each row once', async () => {
      const speed = { kind: 'times' as const, factor: 2 };
      const request = { stage: 'producer' as const, from: { kind: 'last' as const, count: 6_000 }, speed };
      const { id } = await app.execute('replay.start', request);
      const find = () => app.snapshot().replays.find((one) => one.id === id);
      await eventually('some rows', () => (find()?.done ?? 0) > 1_000, 60_000);
      process.kill(app.pid('replay'), 'SIGKILL');
      await eventually('the end', () => (find()?.endedAt ?? null) !== null, 80_000);
      expect(find()).toMatchObject({ state: 'done', done: 6_000 });
      republished.push(id);
    }, 150_000);

    it('a rewind publishes each touched window once more, and is undone', async () => {
      const { id, preview, status } = await replayed({
        stage: 'processor',
        target: 'rewind',
        from: { kind: 'shift', by: -2_000 },
      });
      expect(status).toMatchObject({ state: 'done', windows: preview.windows, done: preview.reads });
      await app.execute('replay.undo', { id });
      expect(app.snapshot().replays.find((one) => one.id === id)?.state).toBe('undone');
    }, 120_000);

    it('leave each row once, windows as SQL counts them, and each revision once', async () => {
      await app.execute('stage.stop', { stage: 'writer' });
      const rows = Number((await sql(url, 'SELECT count(*) FROM livedb'))[0]?.[0]);
      // Undone, the line reads again what came since the rewind: until then these rows are missing.
      const { ledger } = await settled(rows);
      expect(ledger.duplicates).toBe(0);
      const compared = await compareTableAndTopic(url, bootstrap(), 'db_live_events');
      expect(compared).toEqual({ rows, events: rows, lost: [], doubled: [], strange: 0 });
      await eventually('windows close', () => app.snapshot().stages.processor.openWindows === 0, 60_000);
      const windows = await compareWindows(url, bootstrap(), 'db_live_results', WINDOW_MS, Date.now());
      const startOf = (row: string) => Number(row.split(' ')[0]);
      const first = Math.min(...windows.found.map(startOf));
      expect(windows.found).toEqual(windows.expected.filter((row) => startOf(row) >= first));
      expect(windows.publishedTwice).toEqual([]);
      const keys = new Map<string, string[]>();
      for (const { key, value, headers } of await topicRecords(bootstrap(), 'db_live_events')) {
        if (JSON.parse(value).meta.mode !== 'replay') continue;
        const id = /livedb-replay=([^,]+)/.exec(headers)?.[1] ?? 'none';
        keys.set(id, [...(keys.get(id) ?? []), key]);
      }
      expect([...keys].map(([id, found]) => [id, found.length, new Set(found).size])).toEqual(
        expect.arrayContaining([
          [republished[0], 2_500, 2_500],
          [republished[1], 6_000, 6_000],
        ]),
      );
      expect(keys.size).toBe(2);
    }, 150_000);
  });
});
