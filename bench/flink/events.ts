// The events that both sides read: made by a seed, so that every run has the same; and what stands in a results topic.
import { openAdmin, openPlainProducer, openReader } from '../../src/clients/kafka.ts';
import type { KafkaEndpoint } from '../../src/shared/link.ts';

const ORGS = 40;
const REGIONS = ['us-east-1', 'us-west-2', 'eu-central-1', 'ap-south-1'];
const PARTITIONS = 3;
const BATCH = 5_000;
/** Events of one millisecond: 2,000,000 of them span about 100 s of event time. */
const PER_MS = 20;
export const FIRST = Date.UTC(2026, 10, 23, 10);

export interface EventPlan {
  events: number;
  /** Distinct orgs; null: 40. */
  orgs: number | null;
  /** All within this, ms; null: 20 each millisecond. */
  spanMs: number | null;
}

/** The value of one event. */
function eventOf(id: number, at: number, org: number): string {
  const cents = (id * 7919) % 200_000;
  const amount = `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;
  return `{"id":${id},"payload":{"org":"organisation-${org}","amount":${amount},"region":"${REGIONS[id % 4]}"},"meta":{"source":"livedb","created_at":"${new Date(at).toISOString()}","mode":"normal"}}`;
}

/**
 * Makes the topic and publishes the events, slightly out of order, and behind them in each partition one that closes
 * every window before it. Returns how many there are with these.
 */
export async function fillTopic(kafka: KafkaEndpoint, plan: EventPlan): Promise<number> {
  const admin = openAdmin(kafka, { clientIdSuffix: 'bench' });
  const names = [kafka.topic, kafka.resultsTopic];
  await admin.ensureTopics(names.map((name) => ({ name, partitions: PARTITIONS })));
  await admin.close();
  const producer = await openPlainProducer(kafka, { clientIdSuffix: 'bench-events' });
  const spread = plan.spanMs === null ? 1 / PER_MS : plan.spanMs / plan.events;
  let last = FIRST;
  try {
    for (let id = 0; id < plan.events; ) {
      const records = [];
      for (const end = Math.min(plan.events, id + BATCH); id < end; id++) {
        const at = FIRST + Math.floor(id * spread) - (plan.spanMs === null ? (id * 31) % 400 : 0);
        last = Math.max(last, at);
        records.push({ key: String(id), value: eventOf(id, at, id % (plan.orgs ?? ORGS)), headers: [] });
      }
      await producer.send(kafka.topic, records, FIRST);
    }
    if (plan.spanMs !== null) return plan.events;
    // Keys that fall into all partitions, whatever the hash.
    const closers = 60;
    const records = Array.from({ length: closers }, (_, at) => {
      const id = plan.events + at;
      return { key: String(id), value: eventOf(id, last + 60_000, 0), headers: [] };
    });
    await producer.send(kafka.topic, records, FIRST);
    return plan.events + closers;
  } finally {
    await producer.close();
  }
}

/** Every value of a topic, as it stands there now. */
export async function valuesOf(kafka: KafkaEndpoint, topic: string): Promise<string[]> {
  const admin = openAdmin(kafka, { clientIdSuffix: 'bench' });
  const offsets = (await admin.offsets(topic)).filter(({ low, high }) => low < high);
  await admin.close();
  const from = new Map(offsets.map(({ partition, low }) => [partition, low]));
  const values: string[] = [];
  if (from.size === 0) return values;
  const reader = openReader(kafka, topic, from, { clientIdSuffix: 'bench', maxWaitMs: 50 });
  try {
    while (offsets.some(({ partition, high }) => (reader.offsets.get(partition) ?? 0) < high)) {
      for (const fetched of await reader.poll()) {
        const cursor = fetched.records();
        while (cursor.next()) values.push(cursor.value() ?? '');
      }
    }
  } finally {
    await reader.close();
  }
  return values;
}
