// The processor against a real Apache Kafka: the same guarantee, on a broker that is not ours.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAdmin } from '../../src/clients/kafka.ts';
import { type ApacheKafka, apacheKafkaMissing, startApacheKafka } from '../support/apache-kafka.ts';
import {
  awaitOracle,
  Events,
  processorConfig,
  publish,
  seeded,
  startProcessor,
} from '../support/processor-line.ts';
import { tempDir } from '../support/temp-dir.ts';

const missing = await apacheKafkaMissing();
if (missing !== null) process.stdout.write(`Skipped: the processor against Apache Kafka (${missing}).\n`);

describe.skipIf(missing !== null)('processor on Apache Kafka', () => {
  const dir = tempDir('processor-apache');
  let kafka: ApacheKafka;

  beforeAll(async () => {
    kafka = await startApacheKafka();
  }, 90_000);

  afterAll(async () => {
    await kafka?.stop();
    dir[Symbol.dispose]();
  });

  it('publishes each revision once through kills, and a successor fences its predecessor off', async () => {
    const { endpoint } = kafka;
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
  });
});
