// The writer's place in LiveDB's own table, moved in the transaction that inserts the rows: the count cannot differ from
// the table, whatever dies and whenever. Two writers (one of them thought dead) cannot write the same burst twice.
import type { PgClient } from '../../clients/postgres.ts';
import { copyIntoTable, createPlace, insertAndMove, loadPlace, movePlace } from './burst.sql.ts';
import type { BurstRows } from './burst-rows.ts';
import { copyRows } from './copy-rows.ts';
import type { Place } from './cycle.ts';
import { COPY_FROM_ROWS, type PlaceKeeper } from './place-keeper.ts';

export class OwnPlace implements PlaceKeeper {
  async load(client: PgClient): Promise<Place> {
    await client.query(createPlace());
    const { rows } = await client.query<{ rows: string; seed: string; position: string; lap: string }>(
      loadPlace(),
    );
    const [found] = rows;
    return {
      rows: Number(found?.rows ?? 0),
      seed: found?.seed ?? '',
      position: Number(found?.position ?? 0),
      lap: Number(found?.lap ?? 0),
    };
  }

  async write(client: PgClient, burst: BurstRows, from: Place, to: Place): Promise<boolean> {
    if (burst.count < COPY_FROM_ROWS) {
      const { rowCount } = await client.query(insertAndMove(burst.columns(), from, to));
      return rowCount === burst.count;
    }
    await client.query('BEGIN');
    try {
      const { rowCount } = await client.query(movePlace(from, to));
      if (rowCount === 0) {
        await client.query('ROLLBACK');
        return false;
      }
      await copyRows(client, copyIntoTable(burst.timed), burst.bytes());
    } catch (error) {
      // After a lost connection this fails as well, and the server rolls back by itself.
      await client.query('ROLLBACK').catch(() => undefined);
      throw error;
    }
    await client.query('COMMIT');
    return true;
  }

  async settle(): Promise<void> {
    // Every commit was whole.
  }
}
