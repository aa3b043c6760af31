// A branch: a second processor with its own query and its own consumer group reads the same events beside the live line,
// publishes nothing and ends at the offsets that were fixed at the preview. Run by main.ts of this folder.
import { setImmediate as breathe } from 'node:timers/promises';
import { type KafkaAdmin, openAdmin } from '../../clients/kafka.ts';
import type { Logger } from '../../clients/log.ts';
import type { WindowResult } from '../../shared/event.ts';
import { branchGroup } from '../../shared/replay.ts';
import type { ReplayConfig } from '../../shared/replay-link.ts';
import type { Pace } from '../processor/pace.ts';
import { Lanes, type Stretch } from './lanes.ts';
import { QueryRun } from './query-run.ts';

const SLICE_MS = 10;
/** The group's place is committed this often, so that Kafka tools see where the branch stands, ms. */
const COMMIT_MS = 1_000;

/** Records read so far, up to which moment of publication (epoch ms), and how many were too late for the query. */
export interface BranchPlace {
  done: number;
  now: number;
  late: number;
}

export interface BranchOutlet {
  /** How far it is, and results that are new; resolves when it can take more. */
  progress(at: BranchPlace, results: readonly WindowResult[]): Promise<void>;
  waiting(reason: string | null): void;
}

export function stretchesOf(config: Pick<ReplayConfig, 'ranges'>): Stretch[] {
  return config.ranges.map(({ partition, from, to }) => ({ partition, from: Number(from), to: Number(to) }));
}

/**
 * Reads the ranges of the replay and hands out the results of its query: each window when event time has passed it, with
 * revisions for late records, all of them at the end of the range. Gives the times of its first and last event, epoch ms;
 * null without any. Throws the signal's reason, or a LiveDbError.
 */
export async function runBranch(
  config: ReplayConfig,
  outlet: BranchOutlet,
  pace: Pace,
  signal: AbortSignal,
  log: Logger | null,
): Promise<QueryRun['times']> {
  const waiting = (reason: string | null) => outlet.waiting(reason);
  const lanes = new Lanes(config.kafka, stretchesOf(config), {
    clientIdSuffix: 'replay',
    log,
    signal,
    onWaiting: waiting,
  });
  const admin = openAdmin(config.kafka, { clientIdSuffix: 'replay-group', log });
  const place = groupPlace(config, admin, lanes, log);
  const run = new QueryRun(lanes, config.query);
  const handOut = async () => {
    do await outlet.progress({ done: run.done, now: run.now, late: run.core.dropped }, run.results());
    while (run.core.waiting > 0);
  };
  try {
    for (;;) {
      await pace.whilePaused(signal);
      await lanes.fill();
      const first = lanes.least()?.lane.cursor?.timestamp;
      const stopped = run.take(SLICE_MS, first === undefined ? undefined : pace.limit(first));
      await handOut();
      void place.commit(false);
      if (stopped === 'end') break;
      if (stopped === 'pace') await pace.rest(signal);
      else await breathe();
      signal.throwIfAborted();
    }
    run.finish();
    await handOut();
    await place.commit(true);
    return run.times;
  } finally {
    await lanes.close();
    await place.settled();
    await admin.close();
  }
}

/** Commits of the branch's group, one at a time; a commit that fails is only missing in other people's tools. */
function groupPlace(config: ReplayConfig, admin: KafkaAdmin, lanes: Lanes, log: Logger | null) {
  let at = 0;
  let under: Promise<void> | null = null;
  const commit = async (last: boolean): Promise<void> => {
    if (under !== null) {
      if (!last) return;
      await under;
    }
    if (!last && performance.now() - at < COMMIT_MS) return;
    at = performance.now();
    const offsets = new Map(lanes.all.map((lane) => [lane.partition, lane.next]));
    under = admin
      .commitGroupOffsets(branchGroup(config.id), config.kafka.topic, offsets)
      .catch((error: unknown) => log?.warn({ error }, 'the place of the group could not be committed'))
      .finally(() => {
        under = null;
      });
    if (last) await under;
  };
  return {
    commit,
    settled: async () => {
      await under;
    },
  };
}
