// Updates, deletes and truncates of the table: counted, not published. From the log they are exact; where the log is not
// followed the server's own statistics stand in, which come late and count what was rolled back, too.
import type { PgClient } from '../../clients/postgres.ts';
import * as sql from './capture.sql.ts';
import type { CaptureState } from './capture.ts';
import type { Changes } from './log-queue.ts';

interface Counted {
  updates: number;
  deletes: number;
  file: string | null;
}

const NONE: Changes = { updates: 0, deletes: 0, truncates: 0 };

export class TableChanges {
  #total: Changes = { ...NONE };
  #counted: Counted | null = null;
  #told: Changes = { ...NONE };

  get total(): Changes {
    return this.#total;
  }

  /** A new session counts from nothing again. */
  reopened(): void {
    this.#counted = null;
    this.#told = { ...NONE };
  }

  async look(client: PgClient, state: CaptureState): Promise<void> {
    const { rows } = await client.query<Counted>(sql.tableChanges());
    const now = rows[0] ?? null;
    const before = this.#counted;
    this.#counted = now;
    if (state.changes !== null) {
      this.#add({
        updates: state.changes.updates - this.#told.updates,
        deletes: state.changes.deletes - this.#told.deletes,
        truncates: state.changes.truncates - this.#told.truncates,
      });
      this.#told = state.changes;
    } else if (before !== null && now !== null) {
      this.#add({
        updates: Math.max(0, now.updates - before.updates),
        deletes: Math.max(0, now.deletes - before.deletes),
        truncates: now.file === before.file ? 0 : 1,
      });
    }
  }

  #add(more: Changes): void {
    const { updates, deletes, truncates } = this.#total;
    this.#total = {
      updates: updates + more.updates,
      deletes: deletes + more.deletes,
      truncates: truncates + more.truncates,
    };
  }
}
