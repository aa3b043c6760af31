// What one partition knows of its idempotent and transactional producers: epoch, the last five batches, the open
// transaction, the aborted ones. Decides whether a batch is new, a repetition or refused (KIP-98). Rebuilt from the log.
import { ERROR, type ErrorCode } from '../wire/error-codes.ts';
import { type BatchHeader, lastSequence } from './batch.ts';

/** A producer may have five requests on their way; as many batches are recognised again. */
const REMEMBERED = 5;
/** Producers that wrote longest ago are forgotten beyond this many. */
const MAX_PRODUCERS = 5_000;
const SEQUENCES = 2_147_483_648;

interface KnownBatch {
  first: number;
  last: number;
  offset: number;
}

interface KnownProducer {
  epoch: number;
  batches: KnownBatch[];
  /** First offset of its open transaction. */
  openFrom: number | null;
}

export interface AbortedTransaction {
  producerId: number;
  firstOffset: number;
  /** Offset of the abort marker. */
  lastOffset: number;
}

export type Verdict =
  | { kind: 'append' }
  | { kind: 'duplicate'; offset: number }
  | { kind: 'refused'; error: ErrorCode };

export interface ProducerSnapshot {
  producers: [number, KnownProducer][];
  aborted: AbortedTransaction[];
}

export class ProducerState {
  /** Least recently written first. */
  private readonly producers = new Map<number, KnownProducer>();
  private aborted: AbortedTransaction[] = [];
  /** First offsets of the open transactions, by producer: few, and asked for with every fetch. */
  private readonly open = new Map<number, number>();

  judge(batch: BatchHeader): Verdict {
    const known = this.producers.get(batch.producerId);
    // A producer that this partition has never seen, or has forgotten, may begin anywhere.
    if (known === undefined) return { kind: 'append' };
    if (batch.producerEpoch < known.epoch) return { kind: 'refused', error: ERROR.INVALID_PRODUCER_EPOCH };
    if (known.openFrom !== null && !batch.transactional)
      return { kind: 'refused', error: ERROR.INVALID_TXN_STATE };
    if (batch.producerEpoch > known.epoch || known.batches.length === 0) {
      return batch.baseSequence === 0
        ? { kind: 'append' }
        : { kind: 'refused', error: ERROR.OUT_OF_ORDER_SEQUENCE_NUMBER };
    }
    const last = lastSequence(batch);
    const same = known.batches.find((old) => old.first === batch.baseSequence && old.last === last);
    if (same !== undefined) return { kind: 'duplicate', offset: same.offset };
    const newest = known.batches.at(-1);
    const expected = newest === undefined ? 0 : (newest.last + 1) % SEQUENCES;
    return batch.baseSequence === expected
      ? { kind: 'append' }
      : { kind: 'refused', error: ERROR.OUT_OF_ORDER_SEQUENCE_NUMBER };
  }

  /** Notes an appended batch (its header as the producer sent it) at its offset in the log. */
  appended(batch: BatchHeader, offset: number): void {
    if (batch.producerId < 0) return;
    const old = this.producers.get(batch.producerId);
    const known: KnownProducer =
      old !== undefined && old.epoch === batch.producerEpoch
        ? old
        : { epoch: batch.producerEpoch, batches: [], openFrom: old?.openFrom ?? null };
    known.batches.push({ first: batch.baseSequence, last: lastSequence(batch), offset });
    if (known.batches.length > REMEMBERED) known.batches.shift();
    if (batch.transactional) known.openFrom ??= offset;
    this.keep(batch.producerId, known);
  }

  /** Notes the marker that ends a producer's transaction here; its epoch fences lower ones. */
  ended(batch: BatchHeader, offset: number, kind: 'commit' | 'abort'): void {
    const old = this.producers.get(batch.producerId);
    if (kind === 'abort' && old !== undefined && old.openFrom !== null) {
      this.aborted.push({ producerId: batch.producerId, firstOffset: old.openFrom, lastOffset: offset });
    }
    const known: KnownProducer =
      old !== undefined && old.epoch === batch.producerEpoch
        ? old
        : { epoch: batch.producerEpoch, batches: [], openFrom: null };
    known.openFrom = null;
    this.keep(batch.producerId, known);
  }

  private keep(producerId: number, known: KnownProducer): void {
    if (known.openFrom === null) this.open.delete(producerId);
    else this.open.set(producerId, known.openFrom);
    this.producers.delete(producerId);
    this.producers.set(producerId, known);
    if (this.producers.size <= MAX_PRODUCERS) return;
    for (const [id, oldest] of this.producers) {
      if (oldest.openFrom !== null) continue;
      this.producers.delete(id);
      return;
    }
  }

  /** First offset of the oldest open transaction; null when none is open. */
  firstOpenOffset(): number | null {
    return this.open.size === 0 ? null : Math.min(...this.open.values());
  }

  isOpen(producerId: number): boolean {
    return this.open.has(producerId);
  }

  /** Aborted transactions that touch the offsets [from, to). */
  abortedIn(from: number, to: number): AbortedTransaction[] {
    return this.aborted.filter((one) => one.lastOffset >= from && one.firstOffset < to);
  }

  /** Forgets what lies wholly before the start of the log. */
  forgetBefore(offset: number): void {
    this.aborted = this.aborted.filter((one) => one.lastOffset >= offset);
  }

  list(): { producerId: number; epoch: number; lastSequence: number; openFrom: number | null }[] {
    return [...this.producers].map(([producerId, known]) => ({
      producerId,
      epoch: known.epoch,
      lastSequence: known.batches.at(-1)?.last ?? -1,
      openFrom: known.openFrom,
    }));
  }

  snapshot(): ProducerSnapshot {
    return {
      producers: [...this.producers].map(([id, known]) => [id, { ...known, batches: [...known.batches] }]),
      aborted: [...this.aborted],
    };
  }

  static from(snapshot: ProducerSnapshot): ProducerState {
    const state = new ProducerState();
    for (const [id, known] of snapshot.producers) state.keep(id, known);
    state.aborted = snapshot.aborted;
    return state;
  }
}
