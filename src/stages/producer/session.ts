// One life of the producer between two losses of a peer: takes the table's lock, fences off its predecessors, reads
// what the topic already holds after the saved place, and hands over a line that is ready to publish.
import { createHash } from 'node:crypto';
import { connectKafka, type EventProducer, type Kafka } from '../../clients/kafka.ts';
import type { Logger } from '../../clients/log.ts';
import { closePostgres, connectPostgres, isPooledHost, type PgClient } from '../../clients/postgres.ts';
import type { ProducerConfig } from '../../shared/link.ts';
import type { ProducerSettings } from '../../shared/settings.ts';
import * as sql from './capture.sql.ts';
import { type Capture, inspectTable } from './capture.ts';
import { IdCapture } from './id-capture.ts';
import { slotName } from './log-slot.ts';
import { listen } from './notified.ts';
import { PollPace } from './poll-pace.ts';
import {
  BEFORE_ALL_IDS,
  type CapturePosition,
  NOWHERE,
  type PositionStore,
  type StoredPosition,
} from './position.ts';
import { openPositionStore } from './position-store.ts';
import { planTail, readTail } from './resume.ts';
import { TableCapture } from './table-capture.ts';
import { takeTableLock } from './table-lock.ts';

export interface Session {
  capture: Capture;
  producer: EventProducer;
  store: PositionStore;
  /** The saved place that this session starts from. */
  start: StoredPosition;
  /** Ids after that place that the topic already holds. */
  already: Set<string>;
  /** The highest id published before, where it is known. */
  lastId: string | null;
  /** Where the topic ended when they were read, per partition. */
  ends: Map<number, number>;
  /** For questions beside the capture (lag, who holds it back); holds the lock and saves the place. */
  keeper: PgClient;
  /** Fires when the connection that holds the lock is gone: nothing may be published any more. */
  lost: AbortSignal;
  close(): Promise<void>;
}

export interface SessionNews {
  waiting(reason: string | null): void;
  /** The slot is gone; `waits`: a new one is made only when it is asked for. */
  slotLost(reason: string, waits: boolean): void;
  /** Said once per process, however often sessions come and go. */
  once(code: string, severity: 'info' | 'warning', title: string, cause: string, remedy: string | null): void;
}

const APPLICATION = 'livedb-producer';
const EVENT_PARTITIONS = 3;

function tableOf({ postgres, dataDir }: ProducerConfig): string[] {
  return postgres.kind === 'embedded'
    ? ['embedded', dataDir]
    : ['external', postgres.host, String(postgres.port), postgres.database];
}

/** The same for every producer of this table on this topic, so that each fences off the ones before. */
export function transactionalIdOf(config: ProducerConfig): string {
  const { kafka } = config;
  const hash = createHash('sha256').update(tableOf(config).join('\n')).digest('hex').slice(0, 16);
  return `livedb-producer.${kafka.topic}.${hash}`;
}

/** Opens a session; everything opened is closed again when it throws. */
export async function openSession(
  config: ProducerConfig,
  settings: () => ProducerSettings,
  log: Logger,
  news: SessionNews,
  signal: AbortSignal,
): Promise<Session> {
  const kafka = connectKafka(config.kafka, { clientIdSuffix: 'producer', log });
  const opened: (() => Promise<void>)[] = [() => kafka.close()];
  const close = async () => {
    for (const one of opened.splice(0).reverse()) await one();
  };
  try {
    const connect = async (applicationName: string) => {
      const client = await connectPostgres(config.postgres, { applicationName, byIndex: true });
      opened.push(() => closePostgres(client));
      return client;
    };
    const keeper = await connect(APPLICATION);
    const lost = new AbortController();
    keeper.once('end', () => lost.abort());
    await lockTable(keeper, config, news, signal);

    const reader = await connect(`${APPLICATION}-capture`);
    const pooled = isPooledHost(config.postgres);
    if (!pooled) await keeper.query(sql.positionSettings());
    const topics = [{ name: config.kafka.topic, partitions: EVENT_PARTITIONS }];
    const { created } = await kafka.admin.ensureTopics(topics);
    const { clusterId } = await kafka.admin.cluster();
    const producer = await kafka.fencedProducer(transactionalIdOf(config), [config.kafka.topic]);
    opened.push(() => producer.close());

    const table = await inspectTable(reader);
    const { store, foreignLastId, lastId } = await openPositionStore(keeper, config.postgres, {
      cluster: clusterId ?? 'unknown',
      topic: config.kafka.topic,
      dataDir: config.dataDir,
    });
    const saved = await store.load();
    const capturePlace = await placeFor(table.cursor, saved?.capture ?? null, foreignLastId, reader);
    const topic = await resume(kafka, config, saved, created.length > 0, news, signal);
    const start: StoredPosition = {
      capture: capturePlace,
      offsets: Object.fromEntries(topic.from),
      published: saved?.published ?? 0,
    };
    // From now on a kill before the first save is like any other: the successor looks from these offsets on.
    await store.save(start, null);
    if (table.cursor === 'id') sayWhatIdsCannotDo(table.sequenceCache, news);
    const pace = new PollPace(() => settings().pollIntervalMs);
    const capture =
      table.cursor === 'tx'
        ? new TableCapture(reader, capturePlace, {
            sessionEnd: await sessionEnd(reader),
            named: !pooled,
            pace,
            source: {
              endpoint: config.postgres,
              name: slotName(tableOf(config), config.dataDir),
              application: APPLICATION,
              setting: settings().capture,
              ruledOut: pooled ? 'the connection goes through a pooler' : null,
              onLost: (reason, waits) => news.slotLost(reason, waits),
              log,
            },
          })
        : new IdCapture(reader, capturePlace, { named: !pooled, pace });
    opened.push(() => capture.close());
    if (!pooled) await listen(keeper, pace);
    return {
      capture,
      producer,
      store,
      start,
      already: topic.already,
      ends: topic.ends,
      lastId,
      keeper,
      lost: lost.signal,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function lockTable(
  keeper: PgClient,
  config: ProducerConfig,
  news: SessionNews,
  signal: AbortSignal,
): Promise<void> {
  if (isPooledHost(config.postgres)) {
    news.once(
      'pooled-lock',
      'warning',
      'The connection is pooled: a second producer cannot be held off',
      'Behind a pooler a session lock is lost between two statements; Kafka still refuses the older of two producers.',
      'Point DATABASE_URL at the host without "-pooler".',
    );
    return;
  }
  await takeTableLock(keeper, {
    signal,
    onHeld: (reason) => {
      news.waiting(reason);
      news.once('table-locked', 'warning', 'Another producer is active', reason, 'Stop the other producer.');
    },
  });
}

/** The place to capture from, in the words of the cursor that the table allows today. */
async function placeFor(
  cursor: 'tx' | 'id',
  saved: CapturePosition | null,
  foreignLastId: string | null,
  client: PgClient,
): Promise<CapturePosition> {
  if (cursor === 'id') {
    if (saved === null) return { ...NOWHERE, tx: null, id: foreignLastId ?? BEFORE_ALL_IDS };
    // A table that lost its tx column: what was captured by transaction is taken to be captured by id.
    return { ...saved, tx: null, carried: null, ahead: [], partial: [], lsn: null };
  }
  if (saved !== null && saved.tx !== null) return saved;
  const before = saved ?? (foreignLastId === null ? null : { id: foreignLastId, gaps: [] });
  if (before === null) return NOWHERE;
  const below = (await sessionEnd(client)).toString();
  return { ...NOWHERE, carried: { below, id: before.id, gaps: before.gaps } };
}

/** First transaction that has not begun. */
async function sessionEnd(client: PgClient): Promise<bigint> {
  const { rows } = await client.query<{ xmax: string }>(sql.snapshotEnd());
  return BigInt(rows[0]?.xmax ?? '0');
}

async function resume(
  kafka: Kafka,
  config: ProducerConfig,
  saved: StoredPosition | null,
  topicIsNew: boolean,
  news: SessionNews,
  signal: AbortSignal,
): Promise<{ from: Map<number, number>; ends: Map<number, number>; already: Set<string> }> {
  const { topic } = config.kafka;
  const plan = planTail(saved?.offsets ?? null, await kafka.admin.offsets(topic));
  if (saved !== null && saved.published > 0 && (topicIsNew || plan.surprises.length > 0)) {
    news.once(
      'topic-changed',
      'warning',
      `Topic "${topic}" is not what it was`,
      topicIsNew
        ? 'It had been deleted and was made anew: what was published before is not in it.'
        : `${plan.surprises.join('; ')}: events published before may be gone.`,
      'A producer replay publishes old rows again, in mode "replay".',
    );
  }
  const reader = kafka.reader(topic, plan.from, {
    maxWaitMs: 100,
    onWaiting: (reason) => news.waiting(reason),
  });
  try {
    return { from: plan.from, ends: plan.ends, already: await readTail(reader, plan.ends, signal) };
  } finally {
    await reader.close();
  }
}

function sayWhatIdsCannotDo(sequenceCache: number, news: SessionNews): void {
  news.once(
    'id-capture',
    'info',
    'The table has no "tx" column: rows are captured by id',
    'Skipped ids are looked for again until no transaction can fill them. Rows inserted later with an explicit id below the last one cannot be seen.',
    'Let LiveDB add the column (it shows the SQL first).',
  );
  if (sequenceCache <= 1) return;
  news.once(
    'sequence-cache',
    'warning',
    `The sequence of the id hands out ${sequenceCache} numbers at a time`,
    'A session may insert ids it took long ago, after higher ones: capture by id can miss such rows.',
    'ALTER SEQUENCE … CACHE 1, or let LiveDB add the column "tx".',
  );
}
