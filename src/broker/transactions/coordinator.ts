// Producer ids, epochs and transactions (KIP-98, KIP-360). A transactional id owns one producer id; each InitProducerId
// raises its epoch durably and thereby fences every earlier holder on all partitions at once. Used by the handlers.
import type { Clock } from '../clock.ts';
import { Journal } from '../log/journal.ts';
import type { PartitionLog } from '../log/partition-log.ts';
import { ERROR, type ErrorCode } from '../wire/error-codes.ts';
import {
  emptyTransaction,
  type Transaction,
  TransactionEntry,
  type TransactionOffset,
} from './journal-entries.ts';

/** Producer ids are reserved in blocks, so that not every new producer costs a write. */
const ID_BLOCK = 1_000;
/** Epochs are 16 bits wide; the last is left for fencing. */
const LAST_EPOCH = 32_766;
/** Kafka's transaction.max.timeout.ms. */
const MAX_TIMEOUT_MS = 900_000;

export interface TransactionPorts {
  clock: Clock;
  log(topic: string, partition: number): PartitionLog | undefined;
  /** Makes offsets of a committed transaction the group's own. Throws what the disk says. */
  commitOffsets(group: string, offsets: readonly TransactionOffset[]): void;
  storageFailed(cause: unknown): void;
}

export type Initiated = { ok: true; producerId: number; epoch: number } | { ok: false; error: ErrorCode };

interface Holder {
  transactionalId: string;
  producerId: number;
  epoch: number;
}

export class TransactionCoordinator {
  private readonly ports: TransactionPorts;
  private readonly journal: Journal;
  private readonly transactions = new Map<string, Transaction>();
  /** Lowest epoch that may still write, by producer id of a transactional id. */
  private readonly epochs = new Map<number, number>();
  private readonly byProducer = new Map<number, string>();
  private nextId = 1;
  private reserved = 1;

  /** Reads the journal; `finish` then completes what was decided when the process ended. */
  constructor(journalPath: string, ports: TransactionPorts) {
    this.ports = ports;
    this.journal = new Journal(
      journalPath,
      (raw) => {
        const entry = TransactionEntry.parse(raw);
        if (entry.kind === 'ids') this.reserved = entry.next;
        else this.remember(entry.transaction);
      },
      () => this.entries(),
      (cause) => ports.storageFailed(cause),
    );
    this.nextId = this.reserved;
  }

  private *entries(): Iterable<TransactionEntry> {
    yield { kind: 'ids', next: this.reserved };
    for (const transaction of this.transactions.values()) yield { kind: 'transaction', transaction };
  }

  private remember(transaction: Transaction): void {
    this.transactions.set(transaction.id, transaction);
    this.epochs.set(transaction.producerId, transaction.epoch);
    this.byProducer.set(transaction.producerId, transaction.id);
    for (const retired of transaction.retired) this.epochs.set(retired, LAST_EPOCH + 1);
  }

  /** Durable before it counts. */
  private put(transaction: Transaction): void {
    this.journal.append({ kind: 'transaction', transaction } satisfies TransactionEntry);
    this.remember(transaction);
  }

  private freshId(): number {
    if (this.nextId >= this.reserved) {
      const next = this.reserved + ID_BLOCK;
      this.journal.append({ kind: 'ids', next } satisfies TransactionEntry);
      this.reserved = next;
    }
    this.nextId += 1;
    return this.nextId - 1;
  }

  /**
   * InitProducerId. Without a transactional id a fresh producer id; with one its own, with the next epoch, an open
   * transaction aborted first. `current` is what a holder says it has (KIP-360): an outdated one is refused.
   */
  init(
    transactionalId: string | null,
    timeoutMs: number,
    current: { producerId: number; epoch: number } | null,
  ): Initiated {
    if (transactionalId === null) return { ok: true, producerId: this.freshId(), epoch: 0 };
    if (transactionalId === '') return { ok: false, error: ERROR.INVALID_REQUEST };
    if (timeoutMs < 1 || timeoutMs > MAX_TIMEOUT_MS)
      return { ok: false, error: ERROR.INVALID_TRANSACTION_TIMEOUT };
    const known = this.transactions.get(transactionalId);
    if (known === undefined) {
      const producerId = this.freshId();
      this.put(emptyTransaction(transactionalId, producerId, 0, timeoutMs, []));
      return { ok: true, producerId, epoch: 0 };
    }
    if (current !== null) {
      if (current.producerId !== known.producerId) {
        const error = known.retired.includes(current.producerId)
          ? ERROR.PRODUCER_FENCED
          : ERROR.INVALID_PRODUCER_ID_MAPPING;
        return { ok: false, error };
      }
      if (current.epoch !== known.epoch) return { ok: false, error: ERROR.PRODUCER_FENCED };
    }
    if (known.state === 'committing' && !this.complete(known)) {
      return { ok: false, error: ERROR.CONCURRENT_TRANSACTIONS };
    }
    if (!this.abandon(this.transactions.get(transactionalId) ?? known)) {
      return { ok: false, error: ERROR.CONCURRENT_TRANSACTIONS };
    }
    const settled = this.transactions.get(transactionalId) ?? known;
    // An abort has raised the epoch already; the markers carried it to the partitions.
    const raised = settled.epoch > known.epoch ? settled.epoch : settled.epoch + 1;
    if (raised > LAST_EPOCH) {
      const producerId = this.freshId();
      const retired = [...settled.retired, settled.producerId].slice(-16);
      this.put(emptyTransaction(transactionalId, producerId, 0, timeoutMs, retired));
      return { ok: true, producerId, epoch: 0 };
    }
    this.put(emptyTransaction(transactionalId, settled.producerId, raised, timeoutMs, settled.retired));
    return { ok: true, producerId: settled.producerId, epoch: raised };
  }

  /** Ends an open transaction as aborted under a raised epoch. False while the disk refuses. */
  private abandon(transaction: Transaction): boolean {
    if (transaction.state === 'ongoing') {
      const fenced: Transaction = {
        ...transaction,
        epoch: Math.min(transaction.epoch + 1, LAST_EPOCH + 1),
        state: 'aborting',
      };
      this.put(fenced);
      return this.complete(fenced);
    }
    return transaction.state === 'aborting' ? this.complete(transaction) : true;
  }

  /** Writes the markers of a decided transaction; false when the disk refuses: it is tried again. */
  private complete(transaction: Transaction): boolean {
    const commit = transaction.state === 'committing';
    for (const [topic, partition] of transaction.partitions) {
      const log = this.ports.log(topic, partition);
      // A topic deleted meanwhile needs no marker.
      if (log === undefined) continue;
      const now = this.ports.clock.now();
      const marked = log.appendMarker(transaction.producerId, transaction.epoch, commit, now);
      if (!marked.ok) {
        this.ports.storageFailed(marked.cause);
        return false;
      }
    }
    if (commit) {
      for (const group of new Set(transaction.offsets.map((offset) => offset.group))) {
        this.ports.commitOffsets(
          group,
          transaction.offsets.filter((offset) => offset.group === group),
        );
      }
    }
    this.put({
      ...transaction,
      state: commit ? 'committed' : 'aborted',
      startedAt: null,
      partitions: [],
      groups: [],
      offsets: [],
    });
    return true;
  }

  /** Completes what was decided, aborts what has passed its timeout. Called at start and each second. */
  tend(): void {
    const now = this.ports.clock.now();
    for (const transaction of [...this.transactions.values()]) {
      if (transaction.state === 'committing' || transaction.state === 'aborting') this.complete(transaction);
      else if (transaction.startedAt !== null && now - transaction.startedAt > transaction.timeoutMs) {
        this.abandon(transaction);
      }
    }
  }

  /** Why a batch may not be written by its producer, or null. Fenced holders are refused on every partition. */
  writeFault(
    producer: { producerId: number; epoch: number; transactional: boolean },
    topic: string,
    partition: number,
  ): ErrorCode | null {
    if (producer.producerId < 0) return producer.transactional ? ERROR.INVALID_TXN_STATE : null;
    const epoch = this.epochs.get(producer.producerId);
    if (epoch !== undefined && producer.epoch !== epoch) return ERROR.INVALID_PRODUCER_EPOCH;
    if (!producer.transactional) return null;
    const id = this.byProducer.get(producer.producerId);
    const transaction = id === undefined ? undefined : this.transactions.get(id);
    if (transaction === undefined) return ERROR.INVALID_PRODUCER_ID_MAPPING;
    const added = transaction.partitions.some(([name, index]) => name === topic && index === partition);
    return transaction.state === 'ongoing' && added ? null : ERROR.INVALID_TXN_STATE;
  }

  /** The transaction that a holder may change, or why it may not. */
  private held(holder: Holder): Transaction | ErrorCode {
    const transaction = this.transactions.get(holder.transactionalId);
    if (transaction === undefined || transaction.producerId !== holder.producerId) {
      return transaction?.retired.includes(holder.producerId)
        ? ERROR.PRODUCER_FENCED
        : ERROR.INVALID_PRODUCER_ID_MAPPING;
    }
    if (transaction.epoch !== holder.epoch) return ERROR.PRODUCER_FENCED;
    const decided = transaction.state === 'committing' || transaction.state === 'aborting';
    return decided ? ERROR.CONCURRENT_TRANSACTIONS : transaction;
  }

  private extend(holder: Holder, change: (open: Transaction) => Partial<Transaction>): ErrorCode {
    const held = this.held(holder);
    if (typeof held === 'number') return held;
    const startedAt = held.startedAt ?? this.ports.clock.now();
    this.put({ ...held, state: 'ongoing', startedAt, ...change(held) });
    return ERROR.NONE;
  }

  addPartitions(holder: Holder, partitions: readonly [string, number][]): ErrorCode {
    return this.extend(holder, (open) => {
      const known = new Set(open.partitions.map(([topic, index]) => `${index}/${topic}`));
      const fresh = partitions.filter(([topic, index]) => !known.has(`${index}/${topic}`));
      return { partitions: [...open.partitions, ...fresh] };
    });
  }

  addGroup(holder: Holder, group: string): ErrorCode {
    return this.extend(holder, (open) => ({ groups: [...new Set([...open.groups, group])] }));
  }

  addOffsets(holder: Holder, group: string, offsets: readonly TransactionOffset[]): ErrorCode {
    const held = this.held(holder);
    if (typeof held === 'number') return held;
    if (held.state !== 'ongoing' || !held.groups.includes(group)) return ERROR.INVALID_TXN_STATE;
    return this.extend(holder, (open) => {
      const named = new Set(offsets.map((offset) => `${offset.partition}/${offset.topic}`));
      const others = open.offsets.filter(
        (offset) => offset.group !== group || !named.has(`${offset.partition}/${offset.topic}`),
      );
      return { offsets: [...others, ...offsets] };
    });
  }

  /** Offsets of a group in transactions that are still open (KIP-447). */
  isPending(group: string, topic: string, partition: number): boolean {
    for (const transaction of this.transactions.values()) {
      const pending = transaction.offsets.some(
        (offset) => offset.group === group && offset.topic === topic && offset.partition === partition,
      );
      if (pending) return true;
    }
    return false;
  }

  end(holder: Holder, commit: boolean): ErrorCode {
    const held = this.held(holder);
    if (typeof held === 'number') return held;
    if (held.state !== 'ongoing') {
      // A retry of an answer that was lost.
      return held.state === (commit ? 'committed' : 'aborted') ? ERROR.NONE : ERROR.INVALID_TXN_STATE;
    }
    const decided: Transaction = { ...held, state: commit ? 'committing' : 'aborting' };
    this.put(decided);
    // Decided is durable: should the disk refuse a marker now, it is written later.
    this.complete(decided);
    return ERROR.NONE;
  }

  all(): Transaction[] {
    return [...this.transactions.values()];
  }

  sync(): Promise<void> {
    return this.journal.sync();
  }

  close(): void {
    this.journal.close();
  }
}
