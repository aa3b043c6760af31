// Processor replay: a second, bounded reading of the events topic with the same window core, beside the live line. It
// belongs to no consumer group, publishes nothing and ends at the offsets that were fixed at the preview.
import { setImmediate as breathe } from 'node:timers/promises';
import { openAdmin, openReader, type PartitionReader, type RecordCursor } from '../../clients/kafka.ts';
import type { Logger } from '../../clients/log.ts';
import { LiveDbError } from '../../shared/errors.ts';
import type { WindowResult } from '../../shared/event.ts';
import type { ReplayConfig } from '../../shared/link.ts';
import { Decoder } from '../processor/decode/decoder.ts';
import { WindowCore } from '../processor/windows/window-core.ts';

/** Small fetches: the live line shares the broker and the machine. */
const FETCH_BYTES = 512 * 1024;
const MAX_FETCH_BYTES = 64 * 1024 * 1024;
/** A range whose end is not there for so long was deleted with its topic, ms. */
const STUCK_MS = 15_000;
const SLICE_MS = 10;
const CHECK_EVERY = 256;
const TAKE = 1_000;

export interface BranchOutlet {
  /** Records read so far, and results that are new; resolves when it can take more. */
  progress(done: number, results: readonly WindowResult[]): Promise<void>;
  waiting(reason: string | null): void;
}

/**
 * Reads the ranges of the replay and hands out the results of its query: each window when event time has passed it, with
 * revisions for late records, all of them at the end of the range. Throws the signal's reason, or a LiveDbError.
 */
export async function replayProcessor(
  config: ReplayConfig,
  outlet: BranchOutlet,
  signal: AbortSignal,
  log: Logger | null,
): Promise<void> {
  const until = new Map<number, number>();
  const offsets = new Map<number, number>();
  const core = new WindowCore(config.query, Date.now());
  for (const range of config.ranges) {
    const [from, to] = [Number(range.from), Number(range.to)];
    if (from >= to) continue;
    offsets.set(range.partition, from);
    until.set(range.partition, to);
    core.clock.track(range.partition, Date.now());
  }
  const decoder = new Decoder(core.org, core.region);
  let done = 0;

  const handOut = async () => {
    do {
      const results = core.take(TAKE).map((emission) => emission.result);
      await outlet.progress(done, results);
    } while (core.waiting > 0);
    core.purge();
    decoder.orgs = core.org;
    decoder.regions = core.region;
  };

  let reader = openRange(config, offsets, outlet, log);
  const close = () => void reader.close();
  signal.addEventListener('abort', close);
  let movedAt = Date.now();
  try {
    while (until.size > 0) {
      signal.throwIfAborted();
      const fetches = await reader.poll();
      let left = false;
      for (const fetched of fetches) {
        movedAt = Date.now();
        const to = until.get(fetched.partition);
        if (to === undefined) continue;
        const cursor = fetched.records(to);
        for (let more = true; more; ) {
          ({ done, more } = takeSlice(core, decoder, cursor, fetched.partition, done));
          core.advance(Date.now());
          core.fireCorrections();
          await handOut();
          await breathe();
          signal.throwIfAborted();
        }
        offsets.set(fetched.partition, fetched.next);
        if (fetched.next < to) continue;
        // Read to its end: from here on it holds nobody back.
        until.delete(fetched.partition);
        offsets.delete(fetched.partition);
        core.clock.leave(fetched.partition);
        left = true;
      }
      if (left && until.size > 0) {
        await reader.close();
        reader = openRange(config, offsets, outlet, log);
      }
      if (Date.now() - movedAt > STUCK_MS) {
        await checkRanges(config, offsets, until, log);
        movedAt = Date.now();
      }
    }
  } catch (error) {
    signal.throwIfAborted();
    if (LiveDbError.dataOf(error).code === 'kafka.offset-out-of-range')
      await checkRanges(config, offsets, until, log);
    throw error;
  } finally {
    signal.removeEventListener('abort', close);
    await reader.close();
  }
  core.finish();
  await handOut();
}

function openRange(
  config: ReplayConfig,
  offsets: Map<number, number>,
  outlet: BranchOutlet,
  log: Logger | null,
): PartitionReader {
  return openReader(config.kafka, config.kafka.topic, offsets, {
    clientIdSuffix: 'replay',
    log,
    maxBytesPerPartition: FETCH_BYTES,
    maxBytes: MAX_FETCH_BYTES,
    onWaiting: (reason) => outlet.waiting(reason),
  });
}

/** Throws when events of the ranges are no longer in the topic. */
async function checkRanges(
  config: ReplayConfig,
  offsets: ReadonlyMap<number, number>,
  until: ReadonlyMap<number, number>,
  log: Logger | null,
): Promise<void> {
  const admin = openAdmin(config.kafka, { clientIdSuffix: 'replay-admin', log });
  try {
    for (const { partition, low, high } of await admin.offsets(config.kafka.topic)) {
      const from = offsets.get(partition);
      const to = until.get(partition);
      if (from === undefined || to === undefined || (low <= from && to <= high)) continue;
      throw new LiveDbError({
        code: 'replay.range-gone',
        message: `Partition ${partition} of ${config.kafka.topic} no longer holds offsets ${from} to ${to}; it has ${low} to ${high}.`,
        remedy: 'Events were deleted since the preview. Look at the preview again and start a new replay.',
        details: { partition, from, to, low, high },
      });
    }
  } finally {
    await admin.close();
  }
}

/** Takes in records for about SLICE_MS; `more`: the cursor is not at its end. */
function takeSlice(
  core: WindowCore,
  decoder: Decoder,
  cursor: RecordCursor,
  partition: number,
  doneBefore: number,
): { done: number; more: boolean } {
  const now = Date.now();
  const horizon = core.clock.horizon(now);
  const stopAt = performance.now() + SLICE_MS;
  let done = doneBefore;
  let maxTime = Number.NEGATIVE_INFINITY;
  let more = cursor.next();
  for (; more; more = cursor.next()) {
    done++;
    if (
      cursor.valueStart >= 0 &&
      decoder.decode(cursor.buffer, cursor.valueStart, cursor.valueEnd) &&
      !decoder.replay
    ) {
      const { at } = decoder;
      core.add(at, decoder.org, decoder.region, decoder.cents);
      if (at <= horizon && at > maxTime) maxTime = at;
    }
    if (done % CHECK_EVERY === 0 && performance.now() >= stopAt) break;
  }
  if (!more) done += cursor.unreadable;
  if (maxTime > Number.NEGATIVE_INFINITY) core.clock.observe(partition, now, maxTime);
  return { done, more };
}
