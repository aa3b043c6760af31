// Records aside on a real broker: listed from the newest down, corrected, sent again once whatever happens in between.
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { connectKafka, type Kafka, type OutgoingRecord } from '../../src/clients/kafka.ts';
import { createSideRecords, type SideRecords } from '../../src/main/control/side-records.ts';
import type { HistoryStore } from '../../src/main/history/store.ts';
import { openHistory } from '../../src/main/history/store.ts';
import { openSideTopics, type SideTopics } from '../../src/main/services/side-topics.ts';
import { SIDE_HEADERS } from '../../src/shared/event.ts';
import type { BrokerReady, KafkaEndpoint } from '../../src/shared/link.ts';
import { DEFAULT_SETTINGS } from '../../src/shared/settings.ts';
import { type LateCounted, runsOf } from '../../src/shared/side-records.ts';
import { type ApacheKafka, apacheKafkaMissing, startApacheKafka } from '../support/apache-kafka.ts';
import { ChildProgram } from '../support/child-program.ts';
import { type DataFolder, makeDataFolder } from '../support/data-folder.ts';
import { topicRecords } from '../support/witness.ts';

const noApache = await apacheKafkaMissing();
if (noApache !== null) console.log(`Skipped with a real Apache Kafka: ${noApache}.`);

const event = (id: number, mode = 'normal') =>
  `{"id":${id},"payload":{"org":"a","amount":1.50,"region":"r"},"meta":{"source":"livedb","created_at":"2026-11-23T10:00:00.123Z","mode":"${mode}"}}`;
const dead = (n: number, value: OutgoingRecord['value'], reason = 'it is not JSON'): OutgoingRecord => ({
  key: `k${n}`,
  value,
  headers: [
    { name: SIDE_HEADERS.source, value: `db_live_events/1/${n}` },
    { name: SIDE_HEADERS.reason, value: reason },
    { name: SIDE_HEADERS.at, value: String(1_795_428_000_000 + n) },
  ],
});

let round = 0;

function suite(endpointOf: () => KafkaEndpoint) {
  let at: DataFolder;
  let endpoint: KafkaEndpoint & { lateTopic: string; deadTopic: string };
  let kafka: Kafka;
  let history: HistoryStore;
  /** Null: the processor does not run. */
  let counted: Set<string> | null;
  let lateCounted: LateCounted[];
  let aside: SideRecords;

  const open = (topics: (endpoint: KafkaEndpoint) => SideTopics = openSideTopics) =>
    createSideRecords({
      clock: { now: Date.now, after: () => () => undefined },
      kafka: async () => endpoint,
      open: topics,
      outcomes: history.outcomes,
      counted: async (id) => counted?.has(id) ?? null,
      queries: async () => [{ name: 'live', lateCounted }],
    });
  const put = async (topic: string, records: OutgoingRecord[], timestamp = Date.now()) => {
    const producer = await kafka.plainProducer();
    await producer.send(topic, records, timestamp);
    await producer.close();
  };
  const all = (state?: 'waiting' | 'sent' | 'dismissed') =>
    aside.handlers['dead.list']({ limit: 500, ...(state === undefined ? {} : { state }) });
  const send = (items: { id: string; value: string | null }[]) => aside.handlers['dead.send']({ items });
  const published = async () => topicRecords(endpoint.brokers[0] ?? '', endpoint.topic);

  beforeAll(() => {
    at = makeDataFolder('side');
  });
  afterAll(() => at[Symbol.dispose]());
  beforeEach(async () => {
    round += 1;
    endpoint = {
      ...endpointOf(),
      topic: `events_${round}`,
      lateTopic: `late_${round}`,
      deadTopic: `dead_${round}`,
    };
    kafka = connectKafka(endpoint, { clientIdSuffix: 'test' });
    const names = [endpoint.topic, endpoint.lateTopic, endpoint.deadTopic];
    await kafka.admin.ensureTopics(names.map((name) => ({ name, partitions: 3 })));
    history = openHistory({
      file: join(at.dataDir, `history-${round}.db`),
      settings: DEFAULT_SETTINGS.history,
      version: 'test',
      timer: false,
    });
    counted = new Set();
    lateCounted = [];
    aside = open();
    return async () => {
      await aside.close();
      await kafka.close();
      history.close();
    };
  });

  test('lists from the newest down, page by page, whatever the bytes are', async () => {
    const values: OutgoingRecord['value'][] = [
      '{',
      null,
      Buffer.from([0xff, 0x00, 0xfe]),
      '',
      'é'.repeat(40_000),
    ];
    for (const [n, value] of values.entries()) await put(endpoint.deadTopic, [dead(n, value)], 1_000 + n);
    const { records, total, next, waiting } = await all();
    expect({ total, next, waiting }).toEqual({ total: 5, next: null, waiting: 5 });
    expect(
      records.map(({ value, encoding, cut, bytes }) => [value?.slice(0, 5) ?? null, encoding, cut, bytes]),
    ).toEqual([
      ['ééééé', 'utf8', true, 80_000],
      ['', 'utf8', false, 0],
      ['/wD+', 'base64', false, 3],
      [null, 'utf8', false, 0],
      ['{', 'utf8', false, 1],
    ]);
    expect(records[4]).toMatchObject({
      source: { topic: 'db_live_events', partition: 1, offset: '0' },
      at: 1_795_428_000_000,
      reason: 'it is not JSON',
      key: 'k0',
      state: 'waiting',
    });
    const paged: string[] = [];
    for (let before: Record<string, string> | undefined; ; ) {
      const page = await aside.handlers['dead.list']({
        limit: 2,
        ...(before === undefined ? {} : { before }),
      });
      paged.push(...page.records.map(({ id }) => id));
      if (page.next === null) break;
      before = page.next;
    }
    expect(paged).toEqual(records.map(({ id }) => id));
  });

  test('late records tell their window, and are listed by query', async () => {
    const { headers, ...rest } = dead(1, event(1), 'the window was gone');
    const more = [
      { name: SIDE_HEADERS.query, value: 'live' },
      { name: SIDE_HEADERS.window, value: '2026-11-23T10:00:00.000Z/2026-11-23T10:00:10.000Z' },
    ];
    await put(endpoint.lateTopic, [{ ...rest, headers: [...headers, ...more] }]);
    const { records, total } = await aside.handlers['late.list']({ limit: 10 });
    expect(total).toBe(1);
    expect(records[0]).toMatchObject({
      query: 'live',
      window: { start: '2026-11-23T10:00:00.000Z', end: '2026-11-23T10:00:10.000Z' },
      value: event(1),
      reason: 'the window was gone',
    });
    expect(records[0]).not.toHaveProperty('state');
    const of = async (query: string) =>
      (await aside.handlers['late.list']({ limit: 10, query })).records.length;
    expect([await of('live'), await of('other')]).toEqual([1, 0]);
    expect(records[0]).not.toHaveProperty('counted');
    const [partition = '', offset = ''] = records[0]?.id.split('/') ?? [];
    const runs = { [partition]: runsOf([Number(offset)]) };
    lateCounted.push({ rewind: 'r1', at: 1_795_428_100_000, runs, partly: {} });
    expect((await aside.handlers['late.list']({ limit: 10 })).records[0]).toMatchObject({
      counted: { rewind: 'r1', at: 1_795_428_100_000, from: null },
    });
    // A few of a query's among many of another, page by page: none is missed, none comes twice.
    const headed = (query: string) => [...headers, { name: SIDE_HEADERS.query, value: query }];
    const mixed = Array.from({ length: 300 }, (_, index) => headed(index % 50 === 0 ? 'rare' : 'often'));
    await put(
      endpoint.lateTopic,
      mixed.map((named) => ({ ...rest, headers: named })),
    );
    const found: string[] = [];
    let before: Record<string, string> | undefined;
    for (let pages = 0; pages < 3; pages++) {
      const page = await aside.handlers['late.list']({ limit: 2, query: 'rare', before });
      found.push(...page.records.map((one) => one.id));
      before = page.next ?? undefined;
    }
    expect(new Set(found).size).toBe(6);
  });

  test('while the processor cannot say what was counted, only events of mode "replay" are sent', async () => {
    counted = null;
    await put(endpoint.deadTopic, [dead(0, '{'), dead(1, '{')]);
    const [one, other] = (await all()).records.map(({ id }) => id);
    const answers = await send([
      { id: one ?? '', value: event(100) },
      { id: other ?? '', value: event(101, 'replay') },
    ]);
    expect(answers.map((answer) => (answer.ok ? 'sent' : answer.error.code))).toEqual([
      'dead.count-unknown',
      'sent',
    ]);
    expect((await all('waiting')).records.map(({ id }) => id)).toEqual([one]);
    expect((await published()).map(({ key }) => key)).toEqual(['101']);
  });

  test('each item stands for itself: what is an event now is sent, once; the others say why not', async () => {
    counted = new Set(['7']);
    await put(endpoint.deadTopic, [
      dead(0, '{'),
      dead(1, event(1)),
      dead(2, event(7)),
      dead(3, null),
      dead(4, '{'),
      { ...dead(5, event(5)), headers: [{ name: SIDE_HEADERS.cut, value: '2000000' }] },
    ]);
    const idOf = new Map((await all()).records.map(({ key, id }) => [key, id]));
    const id = (key: string) => idOf.get(key) ?? '';
    const items = [
      { id: id('k0'), value: event(100, 'replay') },
      { id: id('k1'), value: null },
      { id: id('k2'), value: null },
      { id: id('k3'), value: null },
      { id: id('k4'), value: event(1) },
      { id: id('k5'), value: null },
      { id: '0/999', value: null },
    ];
    const answers = await send(items);
    expect(answers.map((one) => (one.ok ? 'sent' : one.error.code))).toEqual([
      'sent',
      'sent',
      'dead.counted-already',
      'dead.not-an-event',
      'dead.counted-already',
      'dead.cut',
      'dead.unknown',
    ]);
    const again = await send(items.slice(0, 2));
    expect(again.map((one) => (one.ok ? 'sent' : one.error.code))).toEqual([
      'dead.sent-already',
      'dead.sent-already',
    ]);
    const found = await published();
    expect(found.map(({ key, value }) => [key, value]).sort()).toEqual([
      ['1', event(1)],
      ['100', event(100, 'replay')],
    ]);
    const first = answers[0];
    const sent = (await all('sent')).records;
    expect(sent.map(({ key }) => key).sort()).toEqual(['k0', 'k1']);
    expect(first?.ok === true && sent.find(({ key }) => key === 'k0')?.sentTo).toEqual({
      partition: first?.ok === true ? first.partition : -1,
      offset: first?.ok === true ? first.offset : '',
    });
    expect((await all()).waiting).toBe(4);
  });

  test('an answer that was lost: the next send finds the record in the topic and does not send it again', async () => {
    await put(endpoint.deadTopic, [dead(0, '{'), dead(1, '{')]);
    let losing = true;
    // The record arrives, the answer does not; or nothing arrives at all.
    const lossy = (arrives: boolean) => (to: KafkaEndpoint) => {
      const side = openSideTopics(to);
      return {
        ...side,
        openSender: async () => {
          const sender = await side.openSender();
          return {
            ...sender,
            async send(record: OutgoingRecord) {
              if (!losing) return sender.send(record);
              if (arrives) await sender.send(record);
              throw new Error('the connection was lost');
            },
          };
        },
      };
    };
    const [one, two] = (await all()).records;
    for (const [arrives, record, number] of [
      [true, one, 31],
      [false, two, 32],
    ] as const) {
      await aside.close();
      aside = open(lossy(arrives));
      losing = true;
      const items = [{ id: record?.id ?? '', value: event(number) }];
      expect(await send(items)).toMatchObject([{ ok: false, error: { code: 'dead.in-doubt' } }]);
      expect((await all()).records.find(({ id }) => id === record?.id)?.state).toBe('sending');
      losing = false;
      expect(await send(items)).toMatchObject([{ ok: true }]);
    }
    const keys = (await published()).map(({ key }) => key);
    expect(keys.sort()).toEqual(['31', '32']);
  });

  test('dismissed records stay, are not sent, and can be taken back', async () => {
    await put(endpoint.deadTopic, [dead(0, event(1)), dead(1, '{')]);
    const ids = (await all()).records.map(({ id }) => id);
    expect(await aside.handlers['dead.dismiss']({ ids: [...ids, '2/77'] })).toMatchObject([
      { ok: true },
      { ok: true },
      { ok: false, error: { code: 'dead.unknown' } },
    ]);
    expect((await all()).waiting).toBe(0);
    expect((await all('dismissed')).records.length).toBe(2);
    expect(await send([{ id: ids[0] ?? '', value: null }])).toMatchObject([
      { ok: false, error: { code: 'dead.dismissed' } },
    ]);
    await aside.handlers['dead.restore']({ ids });
    expect((await all('waiting')).records.map(({ id }) => id)).toEqual(ids);
  });

  test('topics that are not there are empty', async () => {
    endpoint = { ...endpoint, lateTopic: 'nowhere_late', deadTopic: 'nowhere_dead' };
    expect(await all()).toEqual({ records: [], total: 0, next: null, waiting: 0 });
    expect(await aside.handlers['late.list']({ limit: 1 })).toEqual({ records: [], total: 0, next: null });
  });
}

describe('on the embedded broker', () => {
  let folder: DataFolder;
  let broker: ChildProgram<never>;
  let ready: BrokerReady;
  beforeAll(async () => {
    folder = makeDataFolder('side-broker');
    broker = new ChildProgram<never>('broker');
    ready = await broker.start<BrokerReady>({ dataDir: folder.dataDir, logDir: folder.logDir, port: null });
  });
  afterAll(async () => {
    await broker.drain();
    folder[Symbol.dispose]();
  });
  suite(() => ({
    kind: 'embedded',
    brokers: [`${ready.host}:${ready.port}`],
    clientId: 'test',
    topic: 'unused',
    resultsTopic: 'unused',
    ssl: false,
    sasl: null,
  }));
});

describe.skipIf(noApache !== null)('on an Apache Kafka', () => {
  let kafka: ApacheKafka;
  beforeAll(async () => {
    kafka = await startApacheKafka();
  }, 120_000);
  afterAll(() => kafka?.stop());
  suite(() => kafka.endpoint);
});
