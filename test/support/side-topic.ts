// Records that the processor has put aside, as a test reads them.
import { openAdmin, openReader } from '../../src/clients/kafka.ts';
import { SIDE_HEADERS } from '../../src/shared/event.ts';
import type { KafkaEndpoint } from '../../src/shared/link.ts';

export interface SideTopicRecord {
  partition: number;
  offset: number;
  source: string;
  reason: string;
  key: string | null;
  value: string | null;
  headers: Record<string, string>;
}

/** Every record of a side topic. */
export async function readSideTopic(endpoint: KafkaEndpoint, topic: string): Promise<SideTopicRecord[]> {
  const admin = openAdmin(endpoint, { clientIdSuffix: 'test' });
  const offsets = await admin.offsets(topic);
  await admin.close();
  const from = new Map(offsets.map((one) => [one.partition, one.low]));
  const reader = openReader(endpoint, topic, from, { clientIdSuffix: 'side', maxWaitMs: 50 });
  const found: SideTopicRecord[] = [];
  try {
    while (offsets.some((one) => (reader.offsets.get(one.partition) ?? 0) < one.high)) {
      for (const fetched of await reader.poll()) {
        const cursor = fetched.records();
        while (cursor.next()) {
          const headers = cursor.headers();
          const source = headers[SIDE_HEADERS.source] ?? '';
          const reason = headers[SIDE_HEADERS.reason] ?? '';
          const { partition } = fetched;
          found.push({
            partition,
            offset: cursor.offset,
            source,
            reason,
            key: cursor.key(),
            value: cursor.value(),
            headers,
          });
        }
      }
    }
  } finally {
    await reader.close();
  }
  return found;
}
