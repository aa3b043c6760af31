// Whether the events of each partition stand in the order in which their rows were captured: by transaction and id, or,
// where the log itself is captured, by commit. Pure; fed by topic-scan.ts, judged by audit.ts with the commit times.
import type { AuditFindings } from '../../shared/audit.ts';

type Break = AuditFindings['order']['named'][number];

/** Breaks that are kept until they are judged; more than this in one topic are only counted. */
const KEPT = 100_000;
/** A commit's time is taken a moment before its place in the log: two commits this close may stand either way, s. */
const COMMIT_SLACK_S = 0.05;

export interface Position {
  tx: number;
  /** A bigint where it is no safe integer. */
  id: number | bigint;
}

/** Past this many digits a number is no safe integer for sure. */
const SAFE_DIGITS = 15;

export function isBefore(a: Position, b: Position): boolean {
  return a.tx === b.tx ? a.id < b.id : a.tx < b.tx;
}

/** `tx:id`; null for anything else, and for tx 0, which stands for a table without tx. */
export function parsePosition(text: string | null): Position | null {
  const colon = text === null ? -1 : text.indexOf(':');
  if (text === null || colon < 1) return null;
  const tx = Number(text.slice(0, colon));
  const rest = text.slice(colon + 1);
  if (!Number.isSafeInteger(tx) || tx <= 0) return null;
  if (rest.length <= SAFE_DIGITS) {
    const id = Number(rest);
    return rest !== '' && Number.isSafeInteger(id) ? { tx, id } : null;
  }
  return /^-?\d{1,19}$/.test(rest) ? { tx, id: BigInt(rest) } : null;
}

export class OrderCheck {
  /** The highest position that was published. */
  newest: Position | null = null;
  /** What stands last in each partition: in a captured log, what was committed last. */
  readonly ends = new Map<number, Position>();
  readonly #last = new Map<number, Position>();
  readonly #breaks: (Break & { tx: string; beforeTx: string })[] = [];
  #more = 0;

  take(partition: number, offset: number, position: Position): void {
    this.ends.set(partition, position);
    const last = this.#last.get(partition);
    if (last === undefined || isBefore(last, position)) {
      this.#last.set(partition, position);
      if (this.newest === null || isBefore(this.newest, position)) this.newest = position;
      return;
    }
    if (this.#breaks.length >= KEPT) {
      this.#more++;
      return;
    }
    this.#breaks.push({
      partition,
      offset: String(offset),
      position: `${position.tx}:${position.id}`,
      before: `${last.tx}:${last.id}`,
      tx: String(position.tx),
      beforeTx: String(last.tx),
    });
  }

  /** The transactions whose commit times decide. */
  transactions(): string[] {
    return [...new Set(this.#breaks.flatMap(({ tx, beforeTx }) => [tx, beforeTx]))];
  }

  /** What remains: events that stand neither by transaction and id nor by commit. `byLog`: the log is captured. */
  judge(
    commitTimes: ReadonlyMap<string, number>,
    byLog: boolean,
    named: number,
  ): { order: AuditFindings['order']; unjudged: number } {
    let unjudged = byLog ? this.#more : 0;
    const breaks = this.#breaks.filter(({ tx, beforeTx }) => {
      // Rows of one transaction come from the log in the order in which they were inserted, whatever their ids.
      if (tx === beforeTx) return !byLog;
      const at = commitTimes.get(tx);
      const before = commitTimes.get(beforeTx);
      if (at === undefined || before === undefined) {
        if (byLog) unjudged++;
        return !byLog;
      }
      return at + COMMIT_SLACK_S < before;
    });
    const first = breaks
      .slice(0, named)
      .map(({ partition, offset, position, before }) => ({ partition, offset, position, before }));
    return { order: { count: breaks.length + (byLog ? 0 : this.#more), named: first }, unjudged };
  }
}
