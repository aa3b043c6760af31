// Which groups have to be published (again), and which have changed since the last checkpoint. The part of the window
// core that turns changes of slots into results, and tells checkpoints of them.
import { DUE, type GroupTable, PUBLISHED } from './group-table.ts';

export class DueResults {
  /** Called before a slot changes for the first time in a checkpoint round, and before it is given back. */
  onTouch: ((slot: number) => void) | null = null;
  readonly #table: GroupTable;
  #due: number[] = [];
  #dueAt = 0;
  #corrections: number[] = [];
  #round = 0;
  #dirty = new Int32Array(1_024);
  #dirtySize = 0;

  constructor(table: GroupTable) {
    this.#table = table;
  }

  /** Results that `take` would give now. */
  get waiting(): number {
    return this.#due.length - this.#dueAt;
  }

  get corrections(): number {
    return this.#corrections.length;
  }

  /** The number of the running checkpoint round. */
  get round(): number {
    return this.#round;
  }

  /** The slot is about to change. */
  touch(slot: number): void {
    if (this.#table.round[slot] === this.#round) return;
    this.onTouch?.(slot);
    this.made(slot);
  }

  /** The slot is new: no checkpoint knows it. */
  made(slot: number): void {
    this.#table.round[slot] = this.#round;
    if (this.#dirtySize === this.#dirty.length) {
      const grown = new Int32Array(this.#dirtySize * 4);
      grown.set(this.#dirty);
      this.#dirty = grown;
    }
    this.#dirty[this.#dirtySize++] = slot;
  }

  /** Its window has closed. */
  fire(slot: number): void {
    if (this.#table.has(slot, DUE)) return;
    this.touch(slot);
    this.#table.mark(slot, DUE);
    this.#due.push(slot);
  }

  /** A late record changed it: due with the next corrections. */
  correct(slot: number): void {
    if (this.#table.has(slot, DUE)) return;
    this.#table.mark(slot, DUE);
    this.#corrections.push(slot);
  }

  /** Puts back one that was due at the checkpoint. */
  restore(slot: number): void {
    if (this.#table.has(slot, DUE)) this.#due.push(slot);
  }

  fireCorrections(): void {
    for (const slot of this.#corrections) this.#due.push(slot);
    this.#corrections = [];
  }

  /** The next slot that is due, settled at its next revision; -1 when there is none. */
  take(): number {
    let taken = -1;
    while (taken < 0 && this.#dueAt < this.#due.length) {
      const slot = this.#due[this.#dueAt++] ?? -1;
      if (slot < 0 || !this.#table.has(slot, DUE)) continue;
      this.settle(slot, (this.#table.revision[slot] ?? -1) + 1, false);
      taken = slot;
    }
    if (this.#dueAt === this.#due.length) {
      this.#due = [];
      this.#dueAt = 0;
    }
    return taken;
  }

  /** Sets the revision that stands published for a slot, and whether its result is still due. */
  settle(slot: number, revision: number, due: boolean): void {
    this.touch(slot);
    this.#table.revision[slot] = revision;
    this.#table.mark(slot, PUBLISHED);
    if (due) this.#table.mark(slot, DUE);
    else this.#table.unmark(slot, DUE);
  }

  /** Starts a new checkpoint round and returns the slots that changed in the one that ends; some may be free again. */
  nextRound(): Int32Array {
    const dirty = this.#dirty.subarray(0, this.#dirtySize);
    this.#dirty = new Int32Array(1_024);
    this.#dirtySize = 0;
    this.#round++;
    return dirty;
  }
}
