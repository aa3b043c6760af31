// The ledger: what the table holds against what the processor has seen, made from ids, twice a second, over the control
// plane's own connection. app.ts makes one; what it finds goes into the snapshot, a lasting difference to the incidents.
import { z } from 'zod';
import { LiveDbError } from '../../shared/errors.ts';
import { IdBlockDigest, PROCESSOR_CALLS } from '../../shared/link.ts';
import type { Clock } from './clock.ts';
import type { Incidents } from './incidents.ts';
import {
  countAbove,
  countWhole,
  currentSnapshot,
  type DuePosition,
  digestChunk,
  digestsOfBlocks,
  digestsSince,
  dueIds,
  type TableShape,
  tableShape,
  type WholeCount,
} from './ledger.sql.ts';
import { blockOf, LedgerBlocks, missingIn, rangesOf } from './ledger-blocks.ts';
import { DueRows, type ProcessorProgress } from './ledger-due.ts';
import type { Database } from './ports.ts';

/** Rows captured by the producer, and distinct ids of the processor. */
export interface Held {
  captured: number;
  distinct: number;
}

export interface LedgerOptions {
  clock: Clock;
  incidents: Incidents;
  /** Opens the ledger's own connection; rejects while PostgreSQL is away. */
  open(): Promise<Database>;
  /** Whether a look makes sense now (the database is there, and somebody works on it). */
  awake(): boolean;
  /** Asks the processor; rejects while it does not run. */
  ask(method: string, args: unknown): Promise<unknown>;
  /** What the stages behind the table say that they hold of it. */
  held(): Held;
  /** How far the running processor says it is; null when it has not said so since it started. */
  progress(): ProcessorProgress | null;
  onChange(): void;
  onFault(error: unknown): void;
}

export interface Ledger {
  rows(): number;
  missing(): number;
  checkedAt(): number | null;
  /** What the stages said that they hold at the time the rows were counted. */
  held(): Held;
  /** Counts at once: something just ended, and what is shown should be true. */
  hurry(): void;
  /** The producer reported its position. */
  published(at: number, position: DuePosition): void;
  /** The processor started again, maybe from an older state. */
  processorStarted(): void;
  /** Forgets everything (the data were reset). */
  clear(): void;
  close(): Promise<void>;
}

const INTERVAL_MS = 500;
/** A look is followed by a pause of so many times its length at least; during the first pass by a shorter one. */
const PAUSE_PER_LOOK = 4;
const PAUSE_PER_PASS = 0.5;
const LEAST_PAUSE_MS = 50;
/** Rows of an existing table counted in one go on the first pass, and how long one look may go on with that, ms. */
const CHUNK_ROWS = 100_000;
const CHUNKS_BUDGET_MS = 250;
/** A whole count that failed after so long ran into the bound of a statement, ms. */
const COUNTED_WHOLE_MS = 15_000;
/** Without `tx`: blocks that changed this recently are counted again at each look. */
const HOT_MS = 10_000;
const HOT_BLOCKS = 64;
/** Blocks counted again at each look in a slow round, for what deletes or a hand-set `tx` changed. */
const ROUND_BLOCKS = 4;
const COMPARED_BLOCKS = 512;
const VERIFIED_BLOCKS = 8;
const NAMED_IDS = 20;
const LOWEST_ID = '-9223372036854775808';

const Lows = z.array(z.number());

export function createLedger(options: LedgerOptions): Ledger {
  const { clock } = options;
  const blocks = new LedgerBlocks();
  const dueRows = new DueRows();
  /** Without `tx`: when a block's count last changed. */
  const changedAt = new Map<string, number>();
  let database: Database | null = null;
  let shape: TableShape | null = null;
  /** Rows that this snapshot sees are in the books. */
  let snapshot: string | null = null;
  /** The table as the first pass began. The pass takes the rows that this snapshot saw, `countByTx` all others. */
  let start: WholeCount | null = null;
  /** Counting the table whole beats the time of a statement: then its rows show only once the first pass is done. */
  let tooLarge = false;
  /** Rows that came since `start`, while the pass goes on. */
  let come = 0;
  /** Where the first pass goes on; null once it is done. */
  let passFrom: string | null = LOWEST_ID;
  let roundCursor = 0;
  let checkedAt: number | null = null;
  let heldThen: Held = { captured: 0, distinct: 0 };
  let lastShown = '';
  let cancel = () => {};
  let looking: Promise<void> = Promise.resolve();
  let closed = false;
  /** Between two looks. */
  let idle = true;

  const forget = () => {
    blocks.clear();
    changedAt.clear();
    snapshot = null;
    start = null;
    come = 0;
    passFrom = LOWEST_ID;
    roundCursor = 0;
    checkedAt = null;
    heldThen = { captured: 0, distinct: 0 };
    options.incidents.end('ledger');
  };

  /** The books say it once they hold the whole table. */
  const rows = () => (passFrom === null ? blocks.rows : (start?.rows ?? 0) + come);

  const countFirst = async (open: Database): Promise<WholeCount> => {
    if (tooLarge) return { rows: 0, ...(await currentSnapshot(open)) };
    const began = clock.now();
    try {
      return await countWhole(open);
    } catch (error) {
      tooLarge = clock.now() - began >= COUNTED_WHOLE_MS;
      throw error;
    }
  };

  const firstPass = async (open: Database, seenThen: string | null) => {
    const until = clock.now() + CHUNKS_BUDGET_MS;
    while (passFrom !== null && !closed) {
      const chunk = await digestChunk(open, passFrom, CHUNK_ROWS, seenThen);
      const whole = chunk.seen < CHUNK_ROWS;
      for (const digest of chunk.digests) {
        if (!whole && digest.block === chunk.lastBlock) continue;
        if (seenThen === null) blocks.set(digest);
        else blocks.add(digest);
      }
      // The tail is counted from here on.
      if (seenThen === null && chunk.lastBlock !== null) changedAt.set(chunk.lastBlock, clock.now());
      passFrom = whole || chunk.lastBlock === null ? null : (BigInt(chunk.lastBlock) << 12n).toString();
      if (clock.now() >= until) return;
    }
  };

  const countByTx = async (open: Database) => {
    if (snapshot === null) return;
    const since = await digestsSince(open, snapshot);
    for (const digest of since.digests) {
      blocks.add(digest);
      come += digest.count;
    }
    snapshot = since.snapshot;
  };

  const countTail = async (open: Database) => {
    if (passFrom !== null) {
      come = await countAbove(open, start?.top ?? LOWEST_ID);
      return;
    }
    const now = clock.now();
    const known = [...changedAt].filter(([, at]) => now - at < HOT_MS).map(([block]) => BigInt(block));
    const top = [...changedAt.keys()].map(BigInt).reduce((a, b) => (a > b ? a : b), 0n);
    const hot = known.filter((block) => block < top).slice(-HOT_BLOCKS);
    const before = blocks.rows;
    const tail = await digestChunk(open, (top << 12n).toString(), CHUNK_ROWS, null);
    const again = hot.length === 0 ? [] : await digestsOfBlocks(open, hot.map(String), null);
    for (const digest of [...tail.digests, ...again]) {
      const then = blocks.rows;
      blocks.set(digest);
      if (blocks.rows !== then) changedAt.set(digest.block, now);
    }
    if (blocks.rows === before) return;
    for (const [block, at] of changedAt) {
      if (now - at >= HOT_MS && BigInt(block) !== top) changedAt.delete(block);
    }
  };

  const count = async (open: Database) => {
    const found = await tableShape(open);
    if (found === null || shape === null || found.file !== shape.file || found.tx !== shape.tx) {
      if (shape !== null) forget();
      shape = found;
    }
    if (shape === null) return;
    if (start === null) {
      forget();
      start = await countFirst(open);
      if (shape.tx) snapshot = start.snapshot;
      // How many rows there are is worth showing before their ids are known.
      return;
    }
    await firstPass(open, shape.tx ? start.snapshot : null);
    if (shape.tx) await countByTx(open);
    else await countTail(open);
    if (passFrom !== null) return;
    const round = blocks.round(roundCursor, ROUND_BLOCKS);
    roundCursor = round.next;
    if (round.blocks.length === 0) return;
    for (const digest of await digestsOfBlocks(open, round.blocks, snapshot)) blocks.set(digest);
  };

  const compare = async (open: Database) => {
    const progress = options.progress();
    const due = dueRows.due(clock.now(), progress);
    // Blocks that are not yet counted whole would all differ.
    if (due === null || passFrom !== null) return;
    const asked = blocks.unequal(blockOf(due.lastId), COMPARED_BLOCKS);
    if (asked.length === 0) return;
    const answer = await options.ask(PROCESSOR_CALLS.digests, { blocks: asked });
    const different = blocks.compare(asked, z.array(IdBlockDigest).parse(answer));
    for (const block of different.slice(0, VERIFIED_BLOCKS)) {
      const table = await dueIds(open, block, due);
      const lows = Lows.parse(await options.ask(PROCESSOR_CALLS.block, { block }));
      // A processor that started again meanwhile answers from an older state: that says nothing about loss.
      if (options.progress() === null) return;
      blocks.setMissing(block, missingIn(table, lows));
    }
  };

  const tellDifference = () => {
    if (blocks.missing === 0) return options.incidents.end('ledger');
    const named = rangesOf(blocks.missingIds(NAMED_IDS));
    const more = blocks.missing > NAMED_IDS ? ` and ${blocks.missing - NAMED_IDS} more` : '';
    options.incidents.begin('ledger', {
      severity: 'error',
      subject: null,
      code: 'ledger',
      title: `${blocks.missing} ${blocks.missing === 1 ? 'row is' : 'rows are'} missing`,
      cause: `In the table and past the producer's position, but not seen by the processor: ids ${named}${more}.`,
      remedy:
        'If their records stand among the records aside, correct them there and send them again. If records were deleted from the topic, publish these rows again with a producer replay.',
    });
  };

  const look = async () => {
    if (!options.awake()) return;
    try {
      database ??= await options.open();
      const held = options.held();
      await count(database);
      heldThen = held;
      if (passFrom === null) checkedAt = clock.now();
    } catch (error) {
      const broken = database;
      database = null;
      options.onFault(error);
      await broken?.close().catch(options.onFault);
      return;
    }
    try {
      await compare(database);
    } catch (error) {
      // The processor is away or starting: the books stand as they are until it answers again.
      if (!(error instanceof LiveDbError)) options.onFault(error);
    }
    tellDifference();
    const shown = `${rows()}/${blocks.missing}`;
    if (shown !== lastShown) {
      lastShown = shown;
      options.onChange();
    }
  };

  const arm = (ms: number) => {
    if (closed) return;
    idle = true;
    cancel = clock.after(ms, () => {
      idle = false;
      const began = clock.now();
      looking = look()
        .catch(options.onFault)
        .then(() => {
          const tookMs = clock.now() - began;
          const passing = passFrom !== null && start !== null;
          arm(
            passing
              ? Math.max(LEAST_PAUSE_MS, tookMs * PAUSE_PER_PASS)
              : Math.max(INTERVAL_MS - tookMs, tookMs * PAUSE_PER_LOOK),
          );
        });
    });
  };
  arm(100);

  return {
    rows,
    missing: () => blocks.missing,
    checkedAt: () => checkedAt,
    held: () => heldThen,
    hurry() {
      if (!idle || closed) return;
      cancel();
      arm(0);
    },
    published: (at, position) => dueRows.published(at, position),
    processorStarted: () => blocks.reopenAll(),
    clear() {
      forget();
      shape = null;
      dueRows.clear();
    },
    async close() {
      closed = true;
      cancel();
      await looking;
      await database?.close();
      database = null;
    },
  };
}
