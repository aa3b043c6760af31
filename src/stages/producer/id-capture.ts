// Capture by id alone, for a table that someone else made and that has no `tx`: skipped ids are looked for again until
// every transaction that could still fill them has ended. It cannot see ids below the cursor that nobody skipped
// (explicit lower ids) nor those a session keeps back from a sequence with a cache.
import type { PgClient } from '../../clients/postgres.ts';
import { postgresError } from '../../clients/postgres-errors.ts';
import { LiveDbError } from '../../shared/errors.ts';
import * as sql from './capture.sql.ts';
import type { Capture, Captured, CaptureState } from './capture.ts';
import type { CapturedRow } from './event-encoding.ts';
import { type Gap, gapsBetween, stillBlocked, withoutIds } from './gaps.ts';
import type { PollPace } from './poll-pace.ts';
import { type CapturePosition, NOWHERE } from './position.ts';
import { queryRows } from './query-rows.ts';

/** Above this many open gaps the capture waits for some of them to close: its memory and its place stay small. */
const MAX_OPEN_GAPS = 5_000;

export class IdCapture implements Capture {
  readonly cursor = 'id';
  #client: PgClient;
  #named: boolean;
  #last: bigint;
  #gaps: Gap[];
  /** Gaps of a stored place: everything that runs now may fill them. */
  #restored: boolean;

  #maxOpenGaps: number;
  #pace: PollPace;

  constructor(
    client: PgClient,
    position: CapturePosition,
    options: { named: boolean; pace: PollPace; maxOpenGaps?: number },
  ) {
    this.#pace = options.pace;
    this.#client = client;
    this.#named = options.named;
    this.#maxOpenGaps = options.maxOpenGaps ?? MAX_OPEN_GAPS;
    this.#last = BigInt(position.id);
    this.#gaps = position.gaps.map(([low, high]) => ({
      low: BigInt(low),
      high: BigInt(high),
      blockers: new Set<string>(),
      due: true,
    }));
    this.#restored = this.#gaps.length > 0;
  }

  async next(limit: number): Promise<Captured> {
    try {
      const filled = await this.#lookIntoGaps(limit);
      const room = limit - filled.length;
      const fresh = room > 0 && this.#gaps.length < this.#maxOpenGaps ? await this.#lookAhead(room) : [];
      const rows = filled.concat(fresh);
      const full = rows.length >= limit;
      this.#pace.found(rows.length);
      return { rows, full, settled: !full, position: this.#position(), save: rows.length > 0 };
    } catch (error) {
      throw postgresError(error, 'capture rows');
    }
  }

  get state(): CaptureState {
    return { mode: 'polling', why: 'the table has no column "tx"', slot: null, changes: null };
  }

  idle(signal: AbortSignal): Promise<void> {
    return this.#pace.polling(signal);
  }

  saved(): void {
    // Nobody else keeps anything for this place.
  }

  set(): void {
    // Without `tx` there is one way only.
  }

  resnapshot(): void {
    throw new LiveDbError({
      code: 'producer.no-slot',
      message: 'The table has no column "tx": its rows are captured by id, without a slot.',
      remedy: 'Let LiveDB add the column (it shows the SQL first).',
    });
  }

  async close(): Promise<void> {
    // The connection belongs to the session.
  }

  async #lookIntoGaps(limit: number): Promise<CapturedRow[]> {
    if (this.#gaps.length === 0) return [];
    const running = await this.#running();
    this.#gaps = this.#restored
      ? this.#gaps.map((gap) => ({ ...gap, blockers: running }))
      : stillBlocked(this.#gaps, running);
    this.#restored = false;
    const due = this.#gaps.filter((gap) => gap.due);
    if (due.length === 0) return [];
    // This look has a later snapshot than `running`: a gap without blockers that is empty now stays empty.
    const found = await this.#rows('livedb-rows-in-gaps', sql.rowsInGaps(), [
      due.map((gap) => gap.low.toString()),
      due.map((gap) => gap.high.toString()),
      limit,
    ]);
    const left = withoutIds(
      this.#gaps,
      found.map(([id]) => BigInt(id)),
    );
    const all = found.length < limit;
    this.#gaps = all
      ? left.filter((gap) => gap.blockers.size > 0).map((gap) => ({ ...gap, due: false }))
      : left;
    return found;
  }

  async #lookAhead(limit: number): Promise<CapturedRow[]> {
    const found = await this.#rows('livedb-rows-after-id', sql.rowsAfterId(), [this.#last.toString(), limit]);
    const last = found.at(-1);
    if (last === undefined) return found;
    const ids = found.map(([id]) => BigInt(id));
    const skipped = gapsBetween(this.#last, ids, new Set());
    if (skipped.length > 0) {
      // Read after the rows: whoever ended in between has committed, and the next look finds it.
      const running = await this.#running();
      this.#gaps.push(...skipped.map((gap) => ({ ...gap, blockers: running })));
    }
    this.#last = BigInt(last[0]);
    return found;
  }

  async #running(): Promise<Set<string>> {
    const { rows } = await this.#client.query<{ token: string }>(sql.runningTransactions());
    return new Set(rows.map(({ token }) => token));
  }

  #rows(name: string, text: string, values: unknown[]): Promise<CapturedRow[]> {
    return queryRows(this.#client, this.#named ? name : null, text, values);
  }

  #position(): CapturePosition {
    const gaps = this.#gaps.map(({ low, high }): [string, string] => [low.toString(), high.toString()]);
    return { ...NOWHERE, tx: null, id: this.#last.toString(), gaps };
  }
}
