// Draining: the producer publishes 200,000 waiting rows, the processor takes in 500,000 waiting events.
// Beside the processor, in the same run: plain kafkajs with JSON.parse and a map over the same topic.
import { Kafka, logLevel } from 'kafkajs';
import type { ControlRoom } from '../test/support/control-room.ts';
import { against, type Figure, figure } from './figure.ts';

const PRODUCER_ROWS = 200_000;
const PROCESSOR_EVENTS = 500_000;

async function topicSize(bootstrap: string): Promise<number> {
  const admin = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const offsets = await admin.fetchTopicOffsets('db_live_events').catch(() => []);
  await admin.disconnect();
  return offsets.reduce((sum, partition) => sum + Number(partition.high) - Number(partition.low), 0);
}

/** Rows per second between the first moment at which `figure` moved and the one at which it passed `goal` more. */
async function rateOf(read: () => Promise<number>, goal: number): Promise<number> {
  const start = await read();
  let began = 0;
  let first = start;
  for (;;) {
    const now = performance.now();
    const seen = await read();
    if (began === 0 && seen > start) {
      began = now;
      first = seen;
    }
    if (seen - start >= goal) return ((seen - first) * 1000) / (performance.now() - began);
    await new Promise((resume) => setTimeout(resume, 20));
  }
}

export async function benchProducer(room: ControlRoom, waitingRows: number): Promise<Figure[]> {
  const events = async () => (await room.snapshot()).stages.producer.events;
  const goal = Math.min(PRODUCER_ROWS, waitingRows);
  const spawned = performance.now();
  await room.execute('stage.start', { stage: 'producer' });
  const start = await events();
  const rate = await rateOf(events, goal);
  const whole = ((await events()) - start) / ((performance.now() - spawned) / 1000);
  return [
    against(figure('producer drain', rate, 'rows/s', `${goal} rows, from the first acknowledged batch`), {
      atLeast: 40_000,
    }),
    figure('producer drain, with its start', whole, 'rows/s', 'from the start command'),
  ];
}

export async function benchProcessor(room: ControlRoom, bootstrap: string): Promise<Figure[]> {
  await room.until('enough events', (s) => s.stages.producer.events >= PROCESSOR_EVENTS, 120_000);
  await room.execute('stage.stop', { stage: 'producer' });
  const size = await topicSize(bootstrap);
  const plain = await plainConsumer(bootstrap, Math.min(size, PROCESSOR_EVENTS));
  const events = async () => (await room.snapshot()).stages.processor.events;
  await room.execute('stage.start', { stage: 'processor' });
  const rate = await rateOf(events, Math.min(size, PROCESSOR_EVENTS));
  return [
    against(
      figure('processor drain', rate, 'events/s', `${Math.min(size, PROCESSOR_EVENTS)} events of ${size}`),
      { atLeast: 250_000 },
    ),
    figure(
      'plain kafkajs, JSON.parse and a map',
      plain,
      'events/s',
      'same topic, same run, eachBatch, 4 MiB a partition',
    ),
    figure(
      'processor / plain kafkajs',
      rate / plain,
      'x',
      'the processor also deduplicates, checkpoints and publishes',
    ),
  ];
}

async function plainConsumer(bootstrap: string, goal: number): Promise<number> {
  const kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: `bench-${process.pid}`, maxBytesPerPartition: 4 << 20 });
  await consumer.connect();
  await consumer.subscribe({ topics: ['db_live_events'], fromBeginning: true });
  const windows = new Map<string, { count: number; sum: number }>();
  let seen = 0;
  let began = 0;
  const rate = await new Promise<number>((done, failed) => {
    consumer
      .run({
        eachBatch: async ({ batch }) => {
          if (began === 0) began = performance.now();
          for (const message of batch.messages) {
            const event = JSON.parse(String(message.value));
            const key = `${Math.floor(Date.parse(event.meta.created_at) / 10_000)}/${event.payload.org}`;
            const window = windows.get(key) ?? { count: 0, sum: 0 };
            window.count += 1;
            window.sum += event.payload.amount;
            windows.set(key, window);
          }
          seen += batch.messages.length;
          if (seen >= goal) done((seen * 1000) / (performance.now() - began));
        },
      })
      .catch(failed);
  });
  await consumer.disconnect();
  return rate;
}
