// What a handler knows beside the request itself: the broker's parts, and the connection that the request came on.
import type { Clock } from './clock.ts';
import type { Disk } from './disk.ts';
import type { GroupCoordinator } from './groups/coordinator.ts';
import type { Topics } from './topics.ts';
import type { TransactionCoordinator } from './transactions/coordinator.ts';

export const NODE_ID = 1;
export const HOST = '127.0.0.1';

export interface BrokerParts {
  topics: Topics;
  groups: GroupCoordinator;
  transactions: TransactionCoordinator;
  clock: Clock;
  disk: Disk;
  port(): number;
  /** The disk refused something: told to a person once, not with every request. */
  storageFailed(cause: unknown): void;
}

export interface RequestContext extends BrokerParts {
  version: number;
  clientId: string;
  clientHost: string;
  /** A buffer that is the request's own until its answer has gone out. */
  lend(bytes: number): Buffer;
  /** Partitions ("topic/number") of which a fetch of this connection has answered that nothing is left to read. */
  readonly endsTold: Set<string>;
  /** Calls back when the connection ends while the request waits; returns what calls that off. */
  onClosed(listener: () => void): () => void;
}
