// InitProducerId, AddPartitionsToTxn, AddOffsetsToTxn, TxnOffsetCommit, EndTxn, and what admin tools see of them.
import type { RequestContext } from '../context.ts';
import type { TransactionState } from '../transactions/journal-entries.ts';
import { AddOffsetsToTxn } from '../wire/apis/add-offsets-to-txn.ts';
import { AddPartitionsToTxn } from '../wire/apis/add-partitions-to-txn.ts';
import { DescribeProducers } from '../wire/apis/describe-producers.ts';
import { DescribeTransactions } from '../wire/apis/describe-transactions.ts';
import { EndTxn } from '../wire/apis/end-txn.ts';
import { InitProducerId } from '../wire/apis/init-producer-id.ts';
import { ListTransactions } from '../wire/apis/list-transactions.ts';
import { TxnOffsetCommit } from '../wire/apis/txn-offset-commit.ts';
import { ERROR, type ErrorCode } from '../wire/error-codes.ts';
import { handler } from './handler.ts';

/** PRODUCER_FENCED came with these versions (KIP-588); earlier ones know INVALID_PRODUCER_EPOCH only. */
const INIT_KNOWS_FENCED = 4;
const TRANSACTION_KNOWS_FENCED = 2;

function translated(error: ErrorCode, knowsFenced: boolean): ErrorCode {
  return error === ERROR.PRODUCER_FENCED && !knowsFenced ? ERROR.INVALID_PRODUCER_EPOCH : error;
}

/** The outcome of a coordinator's step; a refusing disk is an error that every client tries again. */
function step(context: RequestContext, knowsFenced: boolean, run: () => ErrorCode): ErrorCode {
  try {
    return translated(run(), knowsFenced);
  } catch (cause) {
    context.storageFailed(cause);
    return ERROR.COORDINATOR_NOT_AVAILABLE;
  }
}

export const initProducerId = handler(InitProducerId, (request, context) => {
  const current =
    request.producerId >= 0 ? { producerId: request.producerId, epoch: request.producerEpoch } : null;
  let producerId = -1;
  let producerEpoch = -1;
  const errorCode = step(context, context.version >= INIT_KNOWS_FENCED, () => {
    const started = context.transactions.init(request.transactionalId, request.transactionTimeoutMs, current);
    if (!started.ok) return started.error;
    producerId = started.producerId;
    producerEpoch = started.epoch;
    return ERROR.NONE;
  });
  return { errorCode, producerId, producerEpoch };
});

export const addPartitionsToTxn = handler(AddPartitionsToTxn, (request, context) => {
  const holder = {
    transactionalId: request.transactionalId,
    producerId: request.producerId,
    epoch: request.producerEpoch,
  };
  const asked = request.topics.flatMap(({ name, partitions }) =>
    partitions.map((partition): [string, number] => [name, partition]),
  );
  const isUnknown = (name: string, partition: number) =>
    context.topics.partition(name, partition) === undefined;
  const anyUnknown = asked.some(([name, partition]) => isUnknown(name, partition));
  const errorCode = anyUnknown
    ? ERROR.OPERATION_NOT_ATTEMPTED
    : step(context, context.version >= TRANSACTION_KNOWS_FENCED, () => {
        return context.transactions.addPartitions(holder, asked);
      });
  return {
    resultsByTopic: request.topics.map(({ name, partitions }) => ({
      name,
      resultsByPartition: partitions.map((partitionIndex) => ({
        partitionIndex,
        partitionErrorCode: isUnknown(name, partitionIndex) ? ERROR.UNKNOWN_TOPIC_OR_PARTITION : errorCode,
      })),
    })),
  };
});

export const addOffsetsToTxn = handler(AddOffsetsToTxn, (request, context) => {
  const holder = {
    transactionalId: request.transactionalId,
    producerId: request.producerId,
    epoch: request.producerEpoch,
  };
  const errorCode = step(context, context.version >= TRANSACTION_KNOWS_FENCED, () => {
    return context.transactions.addGroup(holder, request.groupId);
  });
  return { errorCode };
});

export const txnOffsetCommit = handler(TxnOffsetCommit, (request, context) => {
  const holder = {
    transactionalId: request.transactionalId,
    producerId: request.producerId,
    epoch: request.producerEpoch,
  };
  // Generation and member come with version 3 (KIP-447); without them nobody is checked.
  const named = request.generationId >= 0 || request.memberId !== '';
  const memberFault = named
    ? context.groups.commitFault(request.groupId, {
        memberId: request.memberId,
        instanceId: request.groupInstanceId,
        generation: request.generationId,
      })
    : null;
  const offsets = request.topics.flatMap(({ name, partitions }) =>
    partitions.map((one) => ({
      group: request.groupId,
      topic: name,
      partition: one.partitionIndex,
      offset: one.committedOffset,
      leaderEpoch: one.committedLeaderEpoch,
      metadata: one.committedMetadata,
    })),
  );
  const errorCode =
    memberFault ??
    step(context, true, () => context.transactions.addOffsets(holder, request.groupId, offsets));
  return {
    topics: request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
    })),
  };
});

export const endTxn = handler(EndTxn, (request, context) => {
  const holder = {
    transactionalId: request.transactionalId,
    producerId: request.producerId,
    epoch: request.producerEpoch,
  };
  const errorCode = step(context, context.version >= TRANSACTION_KNOWS_FENCED, () => {
    return context.transactions.end(holder, request.committed);
  });
  return { errorCode };
});

/** Kafka's names of the states. */
const STATE_NAME = {
  empty: 'Empty',
  ongoing: 'Ongoing',
  committing: 'PrepareCommit',
  aborting: 'PrepareAbort',
  committed: 'CompleteCommit',
  aborted: 'CompleteAbort',
} as const satisfies Record<TransactionState, string>;

export const listTransactions = handler(ListTransactions, (request, context) => {
  const now = context.clock.now();
  const states: string[] = Object.values(STATE_NAME);
  const transactionStates = context.transactions
    .all()
    .filter(({ state, producerId, startedAt }) => {
      const { stateFilters, producerIdFilters, durationFilter } = request;
      if (stateFilters.length > 0 && !stateFilters.includes(STATE_NAME[state])) return false;
      if (producerIdFilters.length > 0 && !producerIdFilters.includes(producerId)) return false;
      return durationFilter < 0 || (startedAt !== null && now - startedAt > durationFilter);
    })
    .map(({ id, producerId, state }) => {
      return { transactionalId: id, producerId, transactionState: STATE_NAME[state] };
    });
  const unknownStateFilters = request.stateFilters.filter((state) => !states.includes(state));
  return { errorCode: ERROR.NONE, unknownStateFilters, transactionStates };
});

export const describeTransactions = handler(DescribeTransactions, (request, context) => ({
  transactionStates: request.transactionalIds.map((transactionalId) => {
    const found = context.transactions.all().find(({ id }) => id === transactionalId);
    const topics = new Map<string, number[]>();
    for (const [topic, partition] of found?.partitions ?? []) {
      topics.set(topic, [...(topics.get(topic) ?? []), partition]);
    }
    return {
      errorCode: found === undefined ? ERROR.TRANSACTIONAL_ID_NOT_FOUND : ERROR.NONE,
      transactionalId,
      transactionState: found === undefined ? '' : STATE_NAME[found.state],
      transactionTimeoutMs: found?.timeoutMs ?? 0,
      transactionStartTimeMs: found?.startedAt ?? -1,
      producerId: found?.producerId ?? -1,
      producerEpoch: found?.epoch ?? -1,
      topics: [...topics].map(([topic, partitions]) => ({ topic, partitions })),
    };
  }),
}));

export const describeProducers = handler(DescribeProducers, (request, context) => ({
  topics: request.topics.map(({ name, partitionIndexes }) => ({
    name,
    partitions: partitionIndexes.map((partitionIndex) => {
      const log = context.topics.partition(name, partitionIndex);
      return {
        partitionIndex,
        errorCode: log === undefined ? ERROR.UNKNOWN_TOPIC_OR_PARTITION : ERROR.NONE,
        errorMessage: null,
        activeProducers: (log?.producerList() ?? []).map((producer) => ({
          producerId: producer.producerId,
          producerEpoch: producer.epoch,
          lastSequence: producer.lastSequence,
          lastTimestamp: -1,
          coordinatorEpoch: 0,
          currentTxnStartOffset: producer.openFrom ?? -1,
        })),
      };
    }),
  })),
}));
