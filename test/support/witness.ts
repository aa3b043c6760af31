// What independent clients see: PostgreSQL through psql (or plain pg), topics through kcat (or plain kafkajs). None of
// LiveDB's own code reads here. Used to show that table, topic and results agree.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { Kafka, logLevel } from 'kafkajs';
import { Client } from 'pg';

const run = promisify(execFile);
const OUTPUT_LIMIT = 1 << 30;

export const hasPsql = existsSync('/usr/bin/psql');
export const hasKcat = existsSync('/usr/bin/kcat');

/** Rows of a query as arrays of text. */
export async function sql(url: string, query: string): Promise<string[][]> {
  if (hasPsql) {
    const { stdout } = await run('psql', [url, '-XAtqF', '\t', '-c', query], { maxBuffer: OUTPUT_LIMIT });
    return stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split('\t'));
  }
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query({ text: query, rowMode: 'array' });
    return rows.map((row: unknown[]) => row.map((value) => (value === null ? '' : String(value))));
  } finally {
    await client.end();
  }
}

export interface WitnessRecord {
  partition: number;
  offset: string;
  key: string;
  value: string;
  /** `name=value`, with commas between. */
  headers: string;
}

/** Every record of a topic from the beginning to the end that it has now. */
export async function topicRecords(bootstrap: string, topic: string): Promise<WitnessRecord[]> {
  return hasKcat ? kcatRecords(bootstrap, topic) : kafkajsRecords(bootstrap, topic);
}

async function kcatRecords(bootstrap: string, topic: string): Promise<WitnessRecord[]> {
  const records: WitnessRecord[] = [];
  for await (const record of kcatStream(bootstrap, topic)) records.push(record);
  return records;
}

/** Line by line: the output of millions of records is longer than a string may be. */
async function* kcatStream(bootstrap: string, topic: string): AsyncGenerator<WitnessRecord> {
  const format = '%p\t%o\t%k\t%h\t%s\n';
  const args = ['-b', bootstrap, '-t', topic, '-C', '-o', 'beginning', '-e', '-q', '-f', format];
  const child = spawn('kcat', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  for await (const line of createInterface({ input: child.stdout })) {
    const [partition = '', offset = '', key = '', headers = '', ...value] = line.split('\t');
    yield { partition: Number(partition), offset, key, headers, value: value.join('\t') };
  }
  const [code] = await ended;
  if (code !== 0) throw new Error(`kcat ended with code ${code}`);
}

async function* eachRecord(bootstrap: string, topic: string): AsyncGenerator<WitnessRecord> {
  if (hasKcat) yield* kcatStream(bootstrap, topic);
  else yield* await kafkajsRecords(bootstrap, topic);
}

async function kafkajsRecords(bootstrap: string, topic: string): Promise<WitnessRecord[]> {
  const kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const ends = new Map((await admin.fetchTopicOffsets(topic)).map((p) => [p.partition, BigInt(p.high)]));
  await admin.disconnect();
  const waiting = new Set([...ends].filter(([, high]) => high > 0n).map(([partition]) => partition));
  const records: WitnessRecord[] = [];
  if (waiting.size === 0) return records;
  const consumer = kafka.consumer({ groupId: `witness-${process.pid}-${performance.now()}` });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await new Promise<void>((done, failed) => {
    consumer
      .run({
        autoCommit: false,
        eachBatch: async ({ batch }) => {
          for (const { offset, key, value, headers } of batch.messages) {
            records.push({
              partition: batch.partition,
              offset,
              key: String(key),
              value: String(value),
              headers: Object.entries(headers ?? {})
                .map(([name, text]) => `${name}=${text}`)
                .join(),
            });
          }
          if (BigInt(batch.lastOffset()) + 1n >= (ends.get(batch.partition) ?? 0n))
            waiting.delete(batch.partition);
          if (waiting.size === 0) done();
        },
      })
      .catch(failed);
  });
  await consumer.disconnect();
  return records;
}

/** Ids that the topic lacks and ids that it holds more than once, against the table. */
export async function compareTableAndTopic(url: string, bootstrap: string, topic: string) {
  const table = (await sql(url, 'SELECT id FROM livedb')).map(([id]) => id ?? '');
  const times = new Map<string, number>();
  let events = 0;
  for await (const { value } of eachRecord(bootstrap, topic)) {
    const event = JSON.parse(value);
    if (event.meta.mode !== 'normal') continue;
    events += 1;
    times.set(String(event.id), (times.get(String(event.id)) ?? 0) + 1);
  }
  return {
    rows: table.length,
    events,
    lost: table.filter((id) => !times.has(id)),
    doubled: [...times].filter(([, count]) => count > 1).map(([id]) => id),
    strange: [...times.keys()].length - table.filter((id) => times.has(id)).length,
  };
}

/**
 * Closed tumbling windows by org on the results topic against SQL over the table: newest revision of each window,
 * `[start, org, count, sum, min, max]`. Only windows that ended before `before` (epoch ms) are compared.
 */
export async function compareWindows(
  url: string,
  bootstrap: string,
  topic: string,
  sizeMs: number,
  before: number,
) {
  const start = `floor(extract(epoch FROM created_at) * 1000 / ${sizeMs})::bigint * ${sizeMs}`;
  const truth = await sql(
    url,
    `SELECT ${start} AS start, org, count(*), sum(amount), min(amount), max(amount) FROM livedb
     GROUP BY 1, 2 HAVING ${start} + ${sizeMs} <= ${before} ORDER BY 1, 2`,
  );
  const newest = new Map<string, { revision: number; row: string }>();
  const seen = new Map<string, number>();
  for (const record of await topicRecords(bootstrap, topic)) {
    const result = JSON.parse(record.value);
    const at = Date.parse(result.window.start);
    const end = Date.parse(result.window.end);
    if (end > before || end - at !== sizeMs) continue;
    const key = `${at}\t${result.group.org}`;
    const published = `${key}\t${result.revision}`;
    seen.set(published, (seen.get(published) ?? 0) + 1);
    const known = newest.get(key);
    if (known === undefined || result.revision > known.revision) {
      newest.set(key, {
        revision: result.revision,
        row: [at, result.group.org, result.count, result.sum, result.min, result.max].join(' '),
      });
    }
  }
  return {
    expected: truth.map((row) => row.join(' ')).sort(),
    found: [...newest.values()].map(({ row }) => row).sort(),
    publishedTwice: [...seen].filter(([, count]) => count > 1).map(([key]) => key),
  };
}
