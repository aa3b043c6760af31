// The embedded broker under the Java tools of Apache Kafka: admin, idempotent and transactional producers, a group.
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BrokerReady, BrokerReport } from '../../src/shared/link.ts';
import { apacheKafkaMissing, apacheTool } from '../support/apache-kafka.ts';
import { ChildProgram } from '../support/child-program.ts';
import { tempDir } from '../support/temp-dir.ts';

const missing = await apacheKafkaMissing();
if (missing !== null) console.log(`Skipped with Apache Kafka's tools: ${missing}.`);

const TOOLS = 'org.apache.kafka.tools';
const dir = tempDir('broker');
let child: ChildProgram<BrokerReport>;
let bootstrap = '';

beforeAll(async () => {
  child = new ChildProgram('broker');
  const place = { dataDir: dir.path, logDir: join(dir.path, 'logs'), port: null };
  const { host, port } = await child.start<BrokerReady>(place);
  bootstrap = `${host}:${port}`;
});

afterAll(async () => {
  expect(child.incidents).toEqual([]);
  expect(await child.drain()).toBe(0);
  dir[Symbol.dispose]();
});

test.skipIf(missing !== null)('topics are made and described', async () => {
  const config = ['--config', 'retention.bytes=9000000'];
  const make = ['--create', '--topic', 'java', '--partitions', '2', ...config];
  expect(await apacheTool(`${TOOLS}.TopicCommand`, ['--bootstrap-server', bootstrap, ...make])).toContain(
    'Created',
  );
  const described = await apacheTool(`${TOOLS}.TopicCommand`, [
    '--bootstrap-server',
    bootstrap,
    '--describe',
    '--topic',
    'java',
  ]);
  expect(described).toMatch(/PartitionCount: 2\s+ReplicationFactor: 1\s+Configs: retention.bytes=9000000/);
});

test.skipIf(missing !== null)(
  'records of an idempotent producer are read in a group, whose place is shown',
  async () => {
    const lines = Array.from({ length: 500 }, (_, index) => `line ${index}`);
    await apacheTool(
      `${TOOLS}.ConsoleProducer`,
      ['--bootstrap-server', bootstrap, '--topic', 'java'],
      lines.join('\n'),
    );
    const reading = ['--topic', 'java', '--group', 'java-group', '--from-beginning', '--max-messages', '500'];
    const read = await apacheTool(`${TOOLS}.consumer.ConsoleConsumer`, [
      '--bootstrap-server',
      bootstrap,
      ...reading,
    ]);
    expect(read.trim().split('\n').sort()).toEqual(lines.sort());
    const shown = await apacheTool(`${TOOLS}.consumer.group.ConsumerGroupCommand`, [
      '--bootstrap-server',
      bootstrap,
      '--describe',
      '--group',
      'java-group',
    ]);
    const lags = shown.split('\n').filter((line) => line.startsWith('java-group'));
    expect(lags.map((line) => line.split(/\s+/)[5])).toEqual(['0', '0']);
  },
);

test.skipIf(missing !== null)(
  'transactions commit, and a read-committed consumer sees each record once',
  async () => {
    const sent = await apacheTool(`${TOOLS}.ProducerPerformance`, [
      ...['--topic', 'paid', '--num-records', '5000', '--record-size', '100', '--throughput', '-1'],
      ...['--transactional-id', 'payer', '--transaction-duration-ms', '20'],
      ...['--producer-props', `bootstrap.servers=${bootstrap}`, 'acks=all'],
    ]);
    expect(sent).toContain('5000 records sent');
    const read = await apacheTool(`${TOOLS}.consumer.ConsoleConsumer`, [
      ...['--bootstrap-server', bootstrap, '--topic', 'paid', '--from-beginning'],
      ...['--isolation-level', 'read_committed', '--max-messages', '5000'],
    ]);
    expect(read.trim().split('\n').length).toBe(5_000);
    const state = await apacheTool(`${TOOLS}.TransactionsCommand`, ['--bootstrap-server', bootstrap, 'list']);
    expect(state).toMatch(/payer\s+1\s+\d+\s+CompleteCommit/);
  },
);
