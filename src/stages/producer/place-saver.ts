// Stores the producer's place beside the line, never in its way: the newest place is stored when the one before has been,
// and no more often than it is worth. What is not stored yet is found again in the topic's tail. line.ts offers places.
import {
  type CapturePosition,
  isHigher,
  type LastRow,
  type PositionStore,
  type StoredPosition,
} from './position.ts';

/** A statement, a transaction and a piece of log each: at one a batch they cost the database more than the rows do. */
const SAVE_EVERY_MS = 50;
/** Rows that may be published past the stored place: a successor keeps the ids of that many in memory. */
const MOST_UNSAVED_ROWS = 200_000;

interface Offer {
  place: StoredPosition;
  last: LastRow | null;
  rows: number;
}

export class PlaceSaver {
  #store: PositionStore;
  #saved: (place: CapturePosition) => void;
  #offer: Offer | null = null;
  #saving: Promise<void> | null = null;
  #failure: { error: unknown } | null = null;
  #timer: NodeJS.Timeout | null = null;
  #startedAt = Number.NEGATIVE_INFINITY;

  constructor(store: PositionStore, saved: (place: CapturePosition) => void) {
    this.#store = store;
    this.#saved = saved;
  }

  /**
   * This place holds from now on; `last` is the row with the highest id of the `rows` since the last offer. Resolves at
   * once, unless too much is unsaved. Throws what an earlier store failed with.
   */
  async offer(place: StoredPosition, last: LastRow | null, rows: number): Promise<void> {
    this.#throwFailure();
    const before = this.#offer;
    const highest = before?.last != null && (last === null || isHigher(before.last.id, last.id));
    this.#offer = {
      place,
      last: highest ? before.last : last,
      rows: rows + (before?.rows ?? 0),
    };
    if (this.#offer.rows > MOST_UNSAVED_ROWS) return this.flush();
    this.#saveSoon();
  }

  /** Resolves when all that was offered is stored. Throws what the store failed with. */
  async flush(): Promise<void> {
    while (this.#saving !== null || this.#offer !== null) {
      this.#save();
      await this.#saving;
      this.#throwFailure();
    }
    this.#throwFailure();
  }

  /** Nothing is stored any more that is not under way. */
  stop(): void {
    this.#offer = null;
    this.#cancel();
  }

  #throwFailure(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }

  #cancel(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #saveSoon(): void {
    if (this.#saving !== null || this.#timer !== null || this.#failure !== null) return;
    const waitMs = this.#startedAt + SAVE_EVERY_MS - performance.now();
    if (waitMs <= 0) this.#save();
    else this.#timer = setTimeout(() => this.#save(), waitMs);
  }

  #save(): void {
    this.#cancel();
    const offer = this.#offer;
    if (this.#saving !== null || offer === null) return;
    this.#offer = null;
    this.#startedAt = performance.now();
    this.#saving = this.#store
      .save(offer.place, offer.last)
      .then(
        () => this.#saved(offer.place.capture),
        (error: unknown) => {
          this.#failure = { error };
        },
      )
      .then(() => {
        this.#saving = null;
        if (this.#offer !== null) this.#saveSoon();
      });
  }
}
