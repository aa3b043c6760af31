// Late events that a rewind counts after all: of the query's own records on the late topic those whose windows are
// computed again. Read while the line is parked, so that none is put aside meanwhile. Used by the rewind.
import type { KafkaAdmin } from '../../clients/kafka.ts';
import type { Logger } from '../../clients/log.ts';
import { LiveDbError } from '../../shared/errors.ts';
import { SIDE_HEADERS } from '../../shared/event.ts';
import type { KafkaEndpoint } from '../../shared/link.ts';
import { LATE_TOPIC } from '../../shared/names.ts';
import { type LateCounted, runsOf } from '../../shared/side-records.ts';
import { Decoder } from './decode/decoder.ts';
import { isOwn, type OwnRecords } from './publish/side-records.ts';
import { readTail } from './publish/topic-tail.ts';
import type { RecomputedWindows } from './recomputed-windows.ts';
import type { WindowCore } from './windows/window-core.ts';

export interface LateEventsParts {
  kafka: KafkaEndpoint;
  admin: KafkaAdmin;
  log: Logger | null;
  own: OwnRecords;
  /** Late records from this moment on may be of the windows, epoch ms. */
  from: number;
  windows: RecomputedWindows;
  core: WindowCore;
  signal: AbortSignal;
}

/** Places on the late topic of the events that the windows count, and how many there are. */
export async function countedAfterAll(
  parts: LateEventsParts,
): Promise<{ events: number } & Pick<LateCounted, 'runs' | 'partly'>> {
  const { kafka, admin, log, own, windows, core, signal } = parts;
  const topic = kafka.lateTopic ?? LATE_TOPIC;
  const from = await admin.offsetsByTime(topic, Math.max(0, parts.from)).catch((error: unknown) => {
    // Nothing was ever put aside there.
    if (LiveDbError.dataOf(error).code === 'kafka.no-topic') return null;
    throw error;
  });
  if (from === null) return { events: 0, runs: {}, partly: {} };
  const decoder = new Decoder(core.org, core.region);
  const counts = windows.counting();
  const found = new Map<number, number[]>();
  const partly: LateCounted['partly'] = {};
  let events = 0;
  const options = {
    topic,
    from,
    signal,
    log,
    onWaiting: () => undefined,
    besideLive: true,
  };
  await readTail(kafka, admin, options, (record, partition) => {
    const headers = record.headers();
    if (!isOwn(headers, own) || !headers[SIDE_HEADERS.source]?.startsWith(`${kafka.topic}/`)) return;
    if (record.valueStart < 0 || !decoder.decode(record.buffer, record.valueStart, record.valueEnd)) return;
    const counted = counts(decoder);
    if (counted === 'none') return;
    events++;
    if (counted !== 'all') {
      const name = String(partition);
      partly[name] ??= [];
      partly[name].push([record.offset, counted]);
      return;
    }
    const offsets = found.get(partition);
    if (offsets === undefined) found.set(partition, [record.offset]);
    else offsets.push(record.offset);
  });
  return {
    events,
    partly,
    runs: Object.fromEntries([...found].map(([partition, offsets]) => [String(partition), runsOf(offsets)])),
  };
}
