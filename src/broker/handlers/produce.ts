// Produce: checks the batches' headers and checksums, refuses fenced producers, appends, acknowledges. The write has
// gone to the operating system before the answer: what is acknowledged outlives the process.
import type { RequestContext } from '../context.ts';
import { checkProduced } from '../log/batch.ts';
import { Produce } from '../wire/apis/produce.ts';
import { ERROR, type ErrorCode } from '../wire/error-codes.ts';
import { handler } from './handler.ts';

interface Written {
  errorCode: ErrorCode;
  baseOffset: number;
  logStartOffset: number;
  errorMessage: string | null;
}

function refused(errorCode: ErrorCode, errorMessage: string | null): Written {
  return { errorCode, baseOffset: -1, logStartOffset: -1, errorMessage };
}

function append(
  context: RequestContext,
  topicName: string,
  partition: number,
  records: Buffer | null,
): Written {
  const topic = context.topics.get(topicName);
  const log = topic?.partitions[partition];
  if (topic === undefined || log === undefined) {
    return refused(
      ERROR.UNKNOWN_TOPIC_OR_PARTITION,
      `There is no partition ${partition} of topic "${topicName}".`,
    );
  }
  const checked = checkProduced(records, topic.maxMessageBytes);
  if (!checked.ok) return refused(checked.error, checked.message);
  for (const batch of checked.batches) {
    const producer = {
      producerId: batch.producerId,
      epoch: batch.producerEpoch,
      transactional: batch.transactional,
    };
    const fault = context.transactions.writeFault(producer, topicName, partition);
    if (fault !== null)
      return refused(fault, 'This producer has been fenced, or has no open transaction here.');
  }
  const appended = log.append(records ?? Buffer.alloc(0), checked.batches);
  if (!appended.ok) {
    if (appended.error === ERROR.STORAGE_ERROR) context.storageFailed(appended.cause);
    return refused(appended.error, null);
  }
  return {
    errorCode: ERROR.NONE,
    baseOffset: appended.baseOffset,
    logStartOffset: log.startOffset,
    errorMessage: null,
  };
}

/** Versions 0 to 2 carry message sets; they are advertised for librdkafka's feature detection alone (KAFKA-18659). */
const FIRST_WITH_BATCHES = 3;

export const produce = handler(Produce, async (request, context) => {
  const acksFault = [-1, 0, 1].includes(request.acks) ? null : ERROR.INVALID_REQUIRED_ACKS;
  const tooOld = context.version < FIRST_WITH_BATCHES ? ERROR.UNSUPPORTED_FOR_MESSAGE_FORMAT : null;
  const fault = acksFault ?? tooOld;
  const responses = [];
  for (const { name, partitionData } of request.topicData) {
    const partitionResponses = [];
    for (const { index, records } of partitionData) {
      const turn = fault === null ? context.disk.turn() : null;
      if (turn !== null) await turn;
      const written =
        fault === null
          ? context.disk.write(() => append(context, name, index, records))
          : refused(fault, null);
      partitionResponses.push({ index, logAppendTimeMs: -1, ...written });
    }
    responses.push({ name, partitionResponses });
  }
  return request.acks === 0 ? null : { responses };
});
