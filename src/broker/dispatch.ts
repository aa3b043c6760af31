// From a request frame to its response frame: finds the API, reads the request in its version, calls the handler,
// writes the answer. Called by the connection, one request after the other.
import type { RequestContext } from './context.ts';
import { alterConfigs, describeConfigs, incrementalAlterConfigs } from './handlers/configs.ts';
import { fetch } from './handlers/fetch.ts';
import { deleteGroups, describeGroups, listGroups } from './handlers/group-admin.ts';
import { heartbeat, joinGroup, leaveGroup, syncGroup } from './handlers/group-membership.ts';
import { offsetCommit, offsetDelete, offsetFetch } from './handlers/group-offsets.ts';
import type { Handler } from './handlers/handler.ts';
import {
  apiVersions,
  apiVersionsAnswer,
  describeCluster,
  findCoordinator,
  metadata,
} from './handlers/metadata.ts';
import { deleteRecords, listOffsets, offsetForLeaderEpoch } from './handlers/offsets.ts';
import { produce } from './handlers/produce.ts';
import { createPartitions, createTopics, deleteTopics, describeLogDirs } from './handlers/topics.ts';
import {
  addOffsetsToTxn,
  addPartitionsToTxn,
  describeProducers,
  describeTransactions,
  endTxn,
  initProducerId,
  listTransactions,
  txnOffsetCommit,
} from './handlers/transactions.ts';
import { API_VERSIONS_KEY, readHead, readHeaderRest, responseFrame } from './wire/api.ts';
import { ApiVersions } from './wire/apis/api-versions.ts';
import { ERROR } from './wire/error-codes.ts';
import { ProtocolFault } from './wire/reader.ts';

const HANDLERS: readonly Handler[] = [
  produce,
  fetch,
  listOffsets,
  metadata,
  offsetCommit,
  offsetFetch,
  offsetDelete,
  findCoordinator,
  joinGroup,
  heartbeat,
  leaveGroup,
  syncGroup,
  describeGroups,
  listGroups,
  deleteGroups,
  apiVersions(() => APIS),
  createTopics,
  deleteTopics,
  deleteRecords,
  createPartitions,
  describeConfigs,
  alterConfigs,
  incrementalAlterConfigs,
  describeCluster,
  describeLogDirs,
  initProducerId,
  offsetForLeaderEpoch,
  addPartitionsToTxn,
  addOffsetsToTxn,
  txnOffsetCommit,
  endTxn,
  describeProducers,
  describeTransactions,
  listTransactions,
];

/** Beside produce, which takes a turn for each partition: one entry of a journal each. */
const WRITERS: ReadonlySet<Handler> = new Set([
  offsetCommit,
  offsetDelete,
  initProducerId,
  addPartitionsToTxn,
  addOffsetsToTxn,
  txnOffsetCommit,
  endTxn,
]);

const APIS = HANDLERS.map((handler) => handler.api);
const BY_KEY = new Map(HANDLERS.map((handler) => [handler.api.key, handler]));

/**
 * Answers one request frame (without its size); null when the request wants no answer. Throws a ProtocolFault for what
 * does not follow the protocol: the connection is then closed, as Kafka does.
 */
export async function answerFrame(
  frame: Buffer,
  context: Omit<RequestContext, 'version' | 'clientId'>,
): Promise<Buffer[] | null> {
  const { head, reader } = readHead(frame);
  const handler = BY_KEY.get(head.apiKey);
  if (handler === undefined) throw new ProtocolFault(`There is no API with the key ${head.apiKey}`);
  const { api } = handler;
  if (head.version < api.min || head.version > api.max) {
    if (head.apiKey !== API_VERSIONS_KEY) {
      throw new ProtocolFault(`${api.name} is not spoken in version ${head.version}`);
    }
    // The one request sent before versions are known: answered in version 0, with the list (KIP-511).
    const body = apiVersionsAnswer(APIS, ERROR.UNSUPPORTED_VERSION);
    return responseFrame(ApiVersions, 0, head.correlationId, body);
  }
  const clientId = readHeaderRest(reader, api, head.version) ?? '';
  const request = api.request.read(reader);
  const answer = () => handler.answer(request, { ...context, version: head.version, clientId });
  if (WRITERS.has(handler)) await context.disk.turn();
  const body = await (WRITERS.has(handler) ? context.disk.write(answer) : answer());
  return body === null ? null : responseFrame(api, head.version, head.correlationId, body);
}
