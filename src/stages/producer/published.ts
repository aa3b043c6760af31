// Which rows have been published, in terms of transactions: a set that every way of capturing understands, so that one
// can take over from the other at any row. Pure; the captures move it on, position.ts is its stored form.
import { BEFORE_ALL_IDS, type CapturePosition, type Carried } from './position.ts';

/** Inclusive. */
export interface Span {
  low: bigint;
  high: bigint;
}

export const AFTER_ALL_IDS = 9_223_372_036_854_775_807n;
/** A transaction of which more pieces than these are out is stored when it is out as a whole. */
const MAX_STORED_PIECES = 2_000;

/** Whether a row was published by a cursor on ids that this one took over from. */
export function wasCarried(carried: Carried, tx: string, id: string): boolean {
  const number = BigInt(id);
  if (number > BigInt(carried.id) || BigInt(tx) >= BigInt(carried.below)) return false;
  return !carried.gaps.some(([low, high]) => number >= BigInt(low) && number <= BigInt(high));
}

/** Sorted, with overlapping and adjacent spans made one. */
export function mergeSpans(spans: readonly Span[]): Span[] {
  const merged: Span[] = [];
  for (const span of [...spans].sort((a, b) => (a.low < b.low ? -1 : a.low > b.low ? 1 : 0))) {
    const last = merged.at(-1);
    if (last !== undefined && span.low <= last.high + 1n) {
      if (span.high > last.high) last.high = span.high;
    } else merged.push({ ...span });
  }
  return merged;
}

function within(spans: readonly Span[], value: bigint): boolean {
  let low = 0;
  let high = spans.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const span = spans[middle];
    if (span === undefined) return false;
    if (value < span.low) high = middle - 1;
    else if (value > span.high) low = middle + 1;
    else return true;
  }
  return false;
}

/** A snapshot's text `xmin:xmax:xip,…` (PostgreSQL 9.27.8) as its xmin and the transactions it sees from there on. */
export function readSnapshot(text: string): { xmin: bigint; xmax: bigint; seen: Span[] } {
  const [xmin = '0', xmax = '0', running = ''] = text.split(':');
  const end = BigInt(xmax);
  let low = BigInt(xmin);
  const seen: Span[] = [];
  const list = running === '' ? [] : running.split(',').map(BigInt);
  for (const tx of list.sort((a, b) => (a < b ? -1 : 1))) {
    if (tx > low) seen.push({ low, high: tx - 1n });
    low = tx + 1n;
  }
  if (low < end) seen.push({ low, high: end - 1n });
  return { xmin: BigInt(xmin), xmax: end, seen };
}

const toSpan = ([low, high]: readonly [string, string]): Span => ({ low: BigInt(low), high: BigInt(high) });
const toTexts = ({ low, high }: Span): [string, string] => [low.toString(), high.toString()];

export class Published {
  #tx: bigint;
  #id: bigint;
  #carried: Carried | null;
  /** Whole transactions above the cursor, as a snapshot saw them; and those that came since. */
  #ahead: Span[];
  #recent: Span[] = [];
  #partial: Map<bigint, Span[]>;
  #lsn: string | null;

  constructor(position: CapturePosition) {
    this.#tx = BigInt(position.tx ?? '0');
    this.#id = BigInt(position.id);
    this.#carried = position.carried;
    this.#ahead = mergeSpans(position.ahead.map(toSpan));
    this.#partial = new Map(position.partial.map(({ tx, ids }) => [BigInt(tx), mergeSpans(ids.map(toSpan))]));
    this.#lsn = position.lsn;
  }

  get cursor(): { tx: string; id: string } {
    return { tx: this.#tx.toString(), id: this.#id.toString() };
  }

  /** Nothing but the cursor says what is published. */
  get plain(): boolean {
    return (
      this.#carried === null &&
      this.#partial.size === 0 &&
      this.#ahead.length === 0 &&
      this.#recent.length === 0
    );
  }

  /** Transactions came since the last snapshot. */
  get unsettled(): number {
    return this.#recent.length;
  }

  /** False while so many pieces of one transaction are out that its end is awaited before the place is stored. */
  get storable(): boolean {
    return [...this.#partial.values()].every((ids) => ids.length <= MAX_STORED_PIECES);
  }

  /** How much of a transaction is published: what is `part` must be asked row by row. */
  covers(tx: bigint): 'whole' | 'part' | 'none' {
    if (within(this.#ahead, tx) || this.#isRecent(tx)) return 'whole';
    if (tx < this.#tx) return 'whole';
    if (tx === this.#tx || this.#partial.has(tx) || this.#carried !== null) return 'part';
    return 'none';
  }

  has(tx: bigint, id: bigint): boolean {
    if (tx < this.#tx || (tx === this.#tx && id <= this.#id)) return true;
    if (within(this.#ahead, tx) || this.#isRecent(tx)) return true;
    if (within(this.#partial.get(tx) ?? [], id)) return true;
    return this.#carried !== null && wasCarried(this.#carried, tx.toString(), id.toString());
  }

  #isRecent(tx: bigint): boolean {
    return this.#recent.some(({ low, high }) => tx >= low && tx <= high);
  }

  /** Everything up to this row, in the order of transactions, is published. */
  moveTo(tx: bigint, id: bigint): void {
    if (tx < this.#tx || (tx === this.#tx && id <= this.#id)) return;
    this.#tx = tx;
    this.#id = id;
    this.#forget(tx);
  }

  /** A whole transaction is published, wherever the cursor stands. */
  addTransaction(tx: bigint): void {
    const last = this.#recent.at(-1);
    if (last !== undefined && tx === last.high + 1n) last.high = tx;
    else this.#recent.push({ low: tx, high: tx });
    this.#partial.delete(tx);
  }

  /** Rows of a transaction whose other rows are still to come. */
  addRows(tx: bigint, ids: readonly bigint[]): void {
    const runs: Span[] = [];
    for (const id of ids) {
      const last = runs.at(-1);
      if (last !== undefined && id === last.high + 1n) last.high = id;
      else runs.push({ low: id, high: id });
    }
    this.#partial.set(tx, mergeSpans([...(this.#partial.get(tx) ?? []), ...runs]));
  }

  /** Of what the snapshot sees, everything up to this row of a walk over it is published. */
  addWalked(snapshot: string, tx: bigint, id: bigint): void {
    const { xmin, seen } = readSnapshot(snapshot);
    const from = this.#tx;
    const walked = [{ low: 0n, high: xmin - 1n }, ...seen]
      .map(({ low, high }) => ({ low: low < from ? from : low, high: high < tx ? high : tx - 1n }))
      .filter(({ low, high }) => low <= high);
    this.#ahead = mergeSpans([...this.#ahead, ...walked]);
    const before = this.#partial.get(tx) ?? [];
    this.#partial.set(tx, mergeSpans([...before, { low: BigInt(BEFORE_ALL_IDS), high: id }]));
    this.#dropCovered();
  }

  /** Everything that the snapshot sees is published. */
  addVisible(snapshot: string): void {
    const { xmin, seen } = readSnapshot(snapshot);
    if (xmin - 1n >= this.#tx) {
      this.#tx = xmin - 1n;
      this.#id = AFTER_ALL_IDS;
    }
    this.#ahead = mergeSpans([...this.#ahead, ...seen]);
    this.#recent = this.#recent.flatMap(({ low, high }) => {
      const left: Span[] = [];
      for (let tx = low; tx <= high; tx++) {
        if (within(this.#ahead, tx)) continue;
        const last = left.at(-1);
        if (last !== undefined && tx === last.high + 1n) last.high = tx;
        else left.push({ low: tx, high: tx });
      }
      return left;
    });
    this.#dropCovered();
    this.#forget(this.#tx);
  }

  /** How far the server's log is behind this place; null when the log is not followed. */
  followed(lsn: string | null): void {
    this.#lsn = lsn;
  }

  #dropCovered(): void {
    for (const tx of this.#partial.keys()) if (within(this.#ahead, tx)) this.#partial.delete(tx);
  }

  #forget(tx: bigint): void {
    // Of the cursor's own transaction some rows may lie after the cursor.
    const past = this.#id === AFTER_ALL_IDS ? tx + 1n : tx;
    const cut = (spans: Span[]) =>
      spans
        .filter(({ high }) => high >= past)
        .map(({ low, high }) => ({ low: low < past ? past : low, high }));
    if (this.#ahead.length > 0) this.#ahead = cut(this.#ahead);
    if (this.#recent.length > 0) this.#recent = cut(this.#recent);
    for (const known of this.#partial.keys()) if (known < past) this.#partial.delete(known);
    if (this.#carried !== null && tx >= BigInt(this.#carried.below)) this.#carried = null;
  }

  position(): CapturePosition {
    const ahead = this.#recent.length === 0 ? this.#ahead : mergeSpans([...this.#ahead, ...this.#recent]);
    return {
      tx: this.#tx.toString(),
      id: this.#id.toString(),
      gaps: [],
      carried: this.#carried,
      ahead: ahead.map(toTexts),
      partial: [...this.#partial].map(([tx, ids]) => ({ tx: tx.toString(), ids: ids.map(toTexts) })),
      lsn: this.#lsn,
    };
  }
}
