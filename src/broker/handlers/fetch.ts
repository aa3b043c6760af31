// Fetch: whole batches from the asked offsets. When there is less than minBytes it waits, woken by the append itself,
// for at most maxWaitMs. The first fetch of a connection that finds its partitions read to the end is answered at once:
// under load each later one is woken with records in all of them, and a client that reads "to the end" (kcat -e) would
// never see it. Fetch sessions (KIP-227) are not kept: every request names all its partitions.
import type { RequestContext } from '../context.ts';
import { LEADER_EPOCH, type PartitionLog } from '../log/partition-log.ts';
import type { RequestOf, ResponseOf } from '../wire/api.ts';
import { Fetch } from '../wire/apis/fetch.ts';
import { ERROR, type ErrorCode } from '../wire/error-codes.ts';
import { handler } from './handler.ts';

type Request = RequestOf<typeof Fetch>;
type Response = ResponseOf<typeof Fetch>;
type PartitionAnswer = Response['responses'][number]['partitions'][number];

const READ_COMMITTED = 1;
/** One answer's records, whatever the client allows: what a slow consumer can make the broker hold. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;
/** A longer wait gains nothing and would outlast clients' own timeouts. */
const MAX_WAIT_MS = 60_000;

interface Target {
  topic: string;
  partition: number;
  offset: number;
  maxBytes: number;
  log: PartitionLog | undefined;
  fault: ErrorCode | null;
}

/** The partitions asked for, in the request's order; a topic may be deleted while a request waits. */
function resolve(request: Request, context: RequestContext): Target[] {
  return request.topics.flatMap(({ topic, partitions }) =>
    partitions.map(({ partition, fetchOffset, partitionMaxBytes, currentLeaderEpoch }) => {
      const log = context.topics.partition(topic, partition);
      let fault: ErrorCode | null = null;
      if (log === undefined) fault = ERROR.UNKNOWN_TOPIC_OR_PARTITION;
      else if (currentLeaderEpoch > LEADER_EPOCH) fault = ERROR.UNKNOWN_LEADER_EPOCH;
      else if (fetchOffset < log.startOffset || fetchOffset > log.endOffset)
        fault = ERROR.OFFSET_OUT_OF_RANGE;
      return { topic, partition, offset: fetchOffset, maxBytes: partitionMaxBytes, log, fault };
    }),
  );
}

function visibleEnd(log: PartitionLog, committedOnly: boolean): number {
  return committedOnly ? log.lastStableOffset : log.endOffset;
}

function isReady(targets: readonly Target[], minBytes: number, committedOnly: boolean): boolean {
  let bytes = 0;
  for (const { log, offset, maxBytes, fault } of targets) {
    if (log === undefined || fault !== null) return true;
    if (offset < visibleEnd(log, committedOnly)) bytes += Math.min(log.bytesFrom(offset), maxBytes);
    if (bytes > 0 && bytes >= minBytes) return true;
  }
  return minBytes <= 0;
}

function readAll(targets: readonly Target[], request: Request, context: RequestContext): Response {
  const committedOnly = request.isolationLevel === READ_COMMITTED;
  const responses: { topic: string; partitions: PartitionAnswer[] }[] = [];
  let left = Math.min(request.maxBytes, MAX_ANSWER_BYTES);
  let empty = true;
  for (const { topic, partition, offset, maxBytes, log, fault } of targets) {
    let newest = responses.at(-1);
    if (newest?.topic !== topic) {
      newest = { topic, partitions: [] };
      responses.push(newest);
    }
    if (log === undefined || fault !== null) {
      newest.partitions.push({
        partitionIndex: partition,
        errorCode: fault ?? ERROR.UNKNOWN_TOPIC_OR_PARTITION,
        highWatermark: log?.endOffset ?? -1,
        lastStableOffset: log?.lastStableOffset ?? -1,
        logStartOffset: log?.startOffset ?? -1,
        abortedTransactions: null,
        records: null,
      });
      continue;
    }
    const upTo = visibleEnd(log, committedOnly);
    const room = Math.min(maxBytes, left);
    const records = room > 0 || empty ? log.read(offset, room, upTo, empty, context.lend) : null;
    if (records !== null) {
      left -= records.length;
      empty = false;
    }
    newest.partitions.push({
      partitionIndex: partition,
      errorCode: ERROR.NONE,
      highWatermark: log.endOffset,
      lastStableOffset: log.lastStableOffset,
      logStartOffset: log.startOffset,
      abortedTransactions: committedOnly ? log.abortedIn(offset, upTo) : null,
      // An empty set, not null: older clients take null for a fault.
      records: records ?? Buffer.alloc(0),
    });
  }
  return { sessionId: 0, errorCode: ERROR.NONE, responses };
}

/** Whether all is read and this connection has not been told so of one of the partitions; it counts as told from now on. */
function tellsEnd(targets: readonly Target[], told: Set<string>, committedOnly: boolean): boolean {
  const atEnd = targets.every(
    ({ log, offset }) => log !== undefined && offset === visibleEnd(log, committedOnly),
  );
  if (!atEnd) return false;
  const before = told.size;
  for (const { topic, partition } of targets) told.add(`${topic}/${partition}`);
  return told.size > before;
}

/** Resolves when the targets may be ready, or the time is over, or the client has gone. */
function change(
  targets: readonly Target[],
  context: RequestContext,
  waitMs: number,
): Promise<'changed' | 'over' | 'gone'> {
  return new Promise((resolvePromise) => {
    const ends: (() => void)[] = [];
    let woken = false;
    const finish = (outcome: 'changed' | 'over' | 'gone') => {
      for (const end of ends) end();
      resolvePromise(outcome);
    };
    const wake = () => {
      if (woken) return;
      woken = true;
      // One produce request may append to several partitions: look once, when it is through.
      queueMicrotask(() => finish('changed'));
    };
    for (const { log } of targets) if (log !== undefined) ends.push(log.onChange(wake));
    ends.push(context.clock.after(waitMs, () => finish('over')));
    ends.push(context.onClosed(() => finish('gone')));
  });
}

export const fetch = handler(Fetch, async (request, context) => {
  if (request.sessionId !== 0) {
    return { errorCode: ERROR.FETCH_SESSION_ID_NOT_FOUND, sessionId: 0, responses: [] };
  }
  const committedOnly = request.isolationLevel === READ_COMMITTED;
  const until = context.clock.now() + Math.min(Math.max(0, request.maxWaitMs), MAX_WAIT_MS);
  for (;;) {
    const targets = resolve(request, context);
    const left = until - context.clock.now();
    if (left <= 0 || isReady(targets, request.minBytes, committedOnly))
      return readAll(targets, request, context);
    if (tellsEnd(targets, context.endsTold, committedOnly)) return readAll(targets, request, context);
    if ((await change(targets, context, left)) === 'over')
      return readAll(resolve(request, context), request, context);
  }
});
