// Named queries: adds, changes, pauses, resumes and drops them. What is asked of them is a setting; the processor makes
// its lines so. Commands `query.*` but for the preview, which is a replay.
import type { z } from 'zod';
import { LiveDbError } from '../../shared/errors.ts';
import { PROCESSOR_CALLS } from '../../shared/link.ts';
import type { QUERY_COMMANDS, QueryStatus } from '../../shared/queries.ts';
import { differences, type QuerySpec } from '../../shared/query.ts';
import { querySql, type SqlNames, sqlNotes } from '../../shared/query-sql.ts';
import {
  MAX_SIDE_QUERIES,
  type ProcessorSettings,
  type Settings,
  type SettingsChange,
  type SideQuery,
} from '../../shared/settings.ts';
import type { KeptState, LineReport } from '../../shared/states.ts';
import { DONE, type Handlers } from './commands.ts';

export interface QueriesOptions {
  now(): number;
  settings(): Settings;
  changeSettings(change: z.infer<typeof SettingsChange>): Promise<Settings>;
  /** What the processor told last of its lines. */
  lines(): readonly LineReport[];
  running(): boolean;
  /** The cluster and topic that the SQL names; what is not known is left to its defaults. */
  source(): Partial<Pick<SqlNames, 'bootstrap' | 'topic'>>;
  /** A savepoint of a query beside the live one, dropped or not; null when there is none. */
  savepoint(query: string, id: string): Promise<KeptState | null>;
  /** Deletes the states of a query while the processor does not run. */
  forget(query: string): Promise<void>;
  /** Asks the running processor; rejects when it does not run. */
  ask(method: string, args: unknown): Promise<unknown>;
}

export type QueryHandlers = Pick<Handlers, keyof typeof QUERY_COMMANDS>;

export function createQueries(options: QueriesOptions): QueryHandlers {
  const processor = (): ProcessorSettings => options.settings().processor;

  const status = (name: string): QueryStatus => {
    const { query, queries } = processor();
    const line = options.lines().find((one) => one.query === name) ?? null;
    if (query.name === name) return { spec: query, paused: false, primary: true, line };
    const { spec, paused } = find(queries, name);
    return { spec, paused, primary: false, line };
  };

  /** Changes one side query; every other one stays as it is. */
  const change = async (name: string, to: (known: SideQuery) => SideQuery): Promise<QueryStatus> => {
    const { queries } = processor();
    find(queries, name);
    await options.changeSettings({
      processor: { queries: queries.map((one) => (one.spec.name === name ? to(one) : one)) },
    });
    return status(name);
  };

  return {
    'query.list': async () => {
      const { query, queries } = processor();
      return [query.name, ...queries.map(({ spec }) => spec.name)].map(status);
    },
    'query.put': async ({ spec, state, from }) => {
      const { query, queries } = processor();
      const now = options.now();
      const fresh = state === 'fresh' ? { fresh: now } : {};
      if (spec.name === query.name) {
        if (typeof from === 'object') throw thereAlready(spec.name);
        await options.changeSettings({ processor: { query: spec, ...fresh } });
        return status(spec.name);
      }
      if (queries.some((one) => one.spec.name === spec.name)) {
        if (typeof from === 'object') throw thereAlready(spec.name);
        return change(spec.name, (known) => ({ ...known, spec, ...fresh }));
      }
      if (queries.length >= MAX_SIDE_QUERIES) {
        throw new LiveDbError({
          code: 'query.too-many',
          message: `There are ${queries.length} queries beside the live one already; that is the most.`,
          remedy: 'Drop one of them first.',
        });
      }
      const begin = typeof from === 'object' ? from : undefined;
      if (begin !== undefined) refuseOther(spec, begin, await options.savepoint(begin.query, begin.id));
      const added = { spec, paused: false, born: now, fresh: 0, now: from === 'now' ? now : 0, begin };
      await options.changeSettings({ processor: { queries: [...queries, added] } });
      return status(spec.name);
    },
    'query.pause': async ({ name, state }) => {
      refusePrimary(name, 'paused', 'Stop the processor instead (stage.stop).');
      const fresh = state === 'drop' ? { fresh: options.now() } : {};
      return change(name, (known) => ({ ...known, ...fresh, paused: true }));
    },
    'query.resume': async ({ name, from }) => {
      refusePrimary(name, 'resumed', 'Start the processor instead (stage.start).');
      const skip = from === 'now' ? { now: options.now() } : {};
      return change(name, (known) => ({ ...known, ...skip, paused: false }));
    },
    'query.drop': async ({ name, confirm, state }) => {
      refusePrimary(name, 'dropped', 'Change it with query.put, or stop the processor.');
      const { queries } = processor();
      find(queries, name);
      if (confirm !== name) {
        throw new LiveDbError({
          code: 'query.not-confirmed',
          message: `Dropping the query "${name}" is confirmed with its name.`,
          remedy: 'Send the name as `confirm`; nothing was dropped.',
        });
      }
      if (state === 'keep') {
        const kept = `dropped-${options.now()}`;
        await options.ask(PROCESSOR_CALLS.save, { query: name, name: kept });
      }
      await options.changeSettings({
        processor: { queries: queries.filter((one) => one.spec.name !== name) },
      });
      // States left behind by a processor that does not run are not taken for those of a new query of this name.
      if (options.running()) {
        const savepoints = state === 'keep' ? 'keep' : 'forget';
        await options.ask(PROCESSOR_CALLS.forget, { query: name, savepoints });
      } else if (state === 'drop') await options.forget(name);
      return DONE;
    },
    'query.sql': async ({ spec }) => ({ sql: querySql(spec, options.source()), notes: sqlNotes(spec) }),
  };

  function refusePrimary(name: string, what: string, remedy: string): void {
    if (name !== processor().query.name) return;
    throw new LiveDbError({
      code: 'query.primary',
      message: `"${name}" is the live query: it cannot be ${what}.`,
      remedy,
    });
  }
}

function thereAlready(name: string): LiveDbError {
  return new LiveDbError({
    code: 'query.there',
    message: `There is a query "${name}" already: only a new one begins with a savepoint.`,
    remedy: 'Take it back with state.restore, or choose another name.',
  });
}

/** A state goes on only under a question that computes the same. */
function refuseOther(
  spec: QuerySpec,
  { query, id }: { query: string; id: string },
  found: KeptState | null,
): void {
  if (found === null) {
    throw new LiveDbError({
      code: 'state.unknown',
      message: `There is no savepoint "${id}" of a query "${query}" beside the live one.`,
      remedy: 'state.kept names those of dropped queries, state.list those of a query. Nothing was added.',
    });
  }
  const others = found.spec === null ? [] : differences(found.spec, spec);
  if (others.length === 0) return;
  throw new LiveDbError({
    code: 'query.other-state',
    message: `The savepoint "${id}" holds results of another question: ${others.join(', ')} of the query differ.`,
    remedy: 'Add the query as state.kept says it was, then change it; or begin from the beginning.',
    details: { differ: others },
  });
}

function find(queries: readonly SideQuery[], name: string): SideQuery {
  const found = queries.find(({ spec }) => spec.name === name);
  if (found !== undefined) return found;
  throw new LiveDbError({
    code: 'query.unknown',
    message: `There is no query "${name}".`,
    remedy: 'query.list names those there are.',
  });
}
