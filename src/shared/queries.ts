// Named queries of the processor: what is asked of them and how they stand. Commands `query.*`.
import { z } from 'zod';
import { QuerySpec } from './query.ts';
import { LineReport, StateId } from './states.ts';

const Name = QuerySpec.shape.name;
const Done = z.object({ ok: z.literal(true) });

export const QueryStatus = z.object({
  spec: QuerySpec,
  paused: z.boolean(),
  /** The live query: the one that the ledger and the audit go by. */
  primary: z.boolean(),
  /** How its line stands; null while the processor has not told of it. */
  line: LineReport.nullable(),
});
export type QueryStatus = z.infer<typeof QueryStatus>;

export const QUERY_COMMANDS = {
  /** The live query first. */
  'query.list': { input: z.object({}).strict(), output: z.array(QueryStatus) },
  /**
   * Adds a query, or changes the one of that name. `keep`: windows that are open are finished under the old question;
   * `fresh`: they are thrown away, and counting begins with the next window. `from`: where a new query begins to read; a
   * savepoint of a query (`state.kept`, `state.list`): it goes on from there, with its windows, and must compute the same.
   */
  'query.put': {
    input: z
      .object({
        spec: QuerySpec,
        state: z.enum(['keep', 'fresh']).default('keep'),
        from: z
          .union([z.enum(['beginning', 'now']), z.object({ query: Name, id: StateId }).strict()])
          .default('beginning'),
      })
      .strict(),
    output: QueryStatus,
  },
  /** `drop`: its windows are thrown away; where it stopped reading is kept in either case. */
  'query.pause': {
    input: z.object({ name: Name, state: z.enum(['keep', 'drop']).default('keep') }).strict(),
    output: QueryStatus,
  },
  /** `now`: events that came meanwhile are left out. */
  'query.resume': {
    input: z
      .object({ name: Name, from: z.enum(['where-it-stopped', 'now']).default('where-it-stopped') })
      .strict(),
    output: QueryStatus,
  },
  /** `confirm` repeats the name. `keep`: its last state stays as a savepoint. */
  'query.drop': {
    input: z
      .object({ name: Name, confirm: z.string(), state: z.enum(['drop', 'keep']).default('drop') })
      .strict(),
    output: Done,
  },
  /** The SQL with which Apache Flink computes the same, and what it computes otherwise or not at all. */
  'query.sql': {
    input: z.object({ spec: QuerySpec }).strict(),
    output: z.object({ sql: z.string(), notes: z.array(z.string()) }),
  },
} as const;
