// Moments in SQLite: the whole state once a second, in some hundred bytes each. What hardly ever changes is stored once,
// as a base; what ticks is deflated with the base's own ticking part as dictionary, so that only differences take room.
// Used by store.ts and by the bundles.
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { HistoryDatabase } from './file.ts';
import { joinMoment, type MomentTexts } from './moment-code.ts';
import {
  baseSql,
  insertBaseSql,
  insertMomentSql,
  momentAfterSql,
  momentBeforeSql,
  momentsInRangeSql,
} from './moments.sql.ts';

/** One moment on its way into the file. */
export interface NewMoment extends MomentTexts {
  /** Epoch ms. */
  at: number;
  /** The states of all parts, in one text: moments at which it changes are kept longer. */
  states: string;
}

export interface StoredMoment {
  at: number;
  /** A snapshot as it was written, without incidents. */
  written: Record<string, unknown>;
}

export interface MomentLog {
  /** Runs inside the caller's transaction. */
  record(moment: NewMoment): void;
  /** The last one at or before `at`, else the first after it; null when there is none at all. */
  near(at: number): StoredMoment | null;
  /** At most `limit` in [from, to), oldest first. */
  range(from: number, to: number, limit: number): StoredMoment[];
  /** The caller's transaction was undone, and with it the base that may have been stored in it. */
  undone(): void;
}

/** How long a moment is kept: rank 0 are all, 1 the first in ten seconds, 2 the first in a minute and changes of state. */
const HOUR = 3_600_000;
export const MOMENT_AGES_MS: readonly number[] = [2 * HOUR, 48 * HOUR, 14 * 24 * HOUR];
const RANK_STEPS_MS = [1_000, 10_000, 60_000, 600_000] as const;
const CHANGED_RANK = 2;

/** A base's sample grows unlike the present; after so many moments a new one is begun. */
const MOMENTS_A_BASE = 3_600;
/** Far above any snapshot; a damaged row must not fill the memory. */
const MAX_MOMENT_BYTES = 32 * 1024 * 1024;

/** How far apart the moments of an age are, ms. */
export function momentStep(ageMs: number): number {
  const rank = MOMENT_AGES_MS.findIndex((kept) => ageMs < kept);
  return RANK_STEPS_MS[rank < 0 ? RANK_STEPS_MS.length - 1 : rank] ?? 600_000;
}

function rankOf(at: number, before: { at: number; states: string } | null, states: string): number {
  if (before === null) return RANK_STEPS_MS.length - 1;
  const isFirstOf = (step: number) => Math.floor(at / step) !== Math.floor(before.at / step);
  for (let rank = RANK_STEPS_MS.length - 1; rank > 0; rank -= 1) {
    if (rank === CHANGED_RANK && states !== before.states) return rank;
    if (isFirstOf(RANK_STEPS_MS[rank] ?? 0)) return rank;
  }
  return 0;
}

interface MomentRow {
  at: number;
  base: number;
  body: Buffer;
}

export function openMomentLog(db: HistoryDatabase): MomentLog {
  const insertBase = db.prepare<[Buffer, Buffer]>(insertBaseSql());
  const findBase = db.prepare<[number], { steady: Buffer; sample: Buffer }>(baseSql());
  const insert = db.prepare<[number, number, number, Buffer]>(insertMomentSql());
  const before = db.prepare<[number], MomentRow>(momentBeforeSql());
  const after = db.prepare<[number], MomentRow>(momentAfterSql());
  const inRange = db.prepare<[number, number, number], MomentRow>(momentsInRangeSql());
  /** What the next moment is told from; begun anew with each run. */
  let current: { id: number; steady: string; sample: Buffer; moments: number } | null = null;
  let last: { at: number; states: string } | null = null;
  /** The base that was read last: moments are asked for in a row. */
  let known: { id: number; steady: string; sample: Buffer } | null = null;

  function baseFor({ steady, ticking }: NewMoment): { id: number; sample: Buffer } {
    if (current === null || current.steady !== steady || current.moments >= MOMENTS_A_BASE) {
      const sample = Buffer.from(ticking);
      const stored = insertBase.run(deflateRawSync(steady), deflateRawSync(sample));
      current = { id: Number(stored.lastInsertRowid), steady, sample, moments: 0 };
    }
    current.moments += 1;
    return current;
  }

  function read({ at, base, body }: MomentRow): StoredMoment {
    if (known === null || known.id !== base) {
      const row = findBase.get(base);
      if (row === undefined) throw new Error(`The base ${base} of the moment ${at} is not in the history.`);
      const steady = inflateRawSync(row.steady, { maxOutputLength: MAX_MOMENT_BYTES }).toString();
      const sample = inflateRawSync(row.sample, { maxOutputLength: MAX_MOMENT_BYTES });
      known = { id: base, steady, sample };
    }
    const { steady, sample } = known;
    const ticking = inflateRawSync(body, { dictionary: sample, maxOutputLength: MAX_MOMENT_BYTES });
    return { at, written: joinMoment({ steady, ticking: ticking.toString() }) };
  }

  return {
    record(moment) {
      const { id, sample } = baseFor(moment);
      const body = deflateRawSync(moment.ticking, { dictionary: sample });
      insert.run(moment.at, id, rankOf(moment.at, last, moment.states), body);
      last = { at: moment.at, states: moment.states };
    },
    near(at) {
      const row = before.get(at) ?? after.get(at);
      return row === undefined ? null : read(row);
    },
    range: (from, to, limit) => inRange.all(from, to, limit).map(read),
    undone() {
      current = null;
    },
  };
}
