// States of the processor's queries: what is kept, a savepoint, going back to one. The processor does the work; while it
// does not run, the list is read from the folder beside the states. plane.ts makes it.
import { rm } from 'node:fs/promises';
import { z } from 'zod';
import { lineFolder, readKept, readStateList, readTimeline, stateFile } from '../../clients/line-folder.ts';
import { LiveDbError } from '../../shared/errors.ts';
import { type KafkaEndpoint, PROCESSOR_CALLS } from '../../shared/link.ts';
import type { Settings } from '../../shared/settings.ts';
import { type STATE_COMMANDS, StateInfo, UndoPreview } from '../../shared/states.ts';
import { DONE, type Handlers } from './commands.ts';

/** A large state is written in slices beside the events: it may take a while. */
const CALL_TIMEOUT_MS = 120_000;
const Restored = z.object({ before: z.string() });

export interface StatesOptions {
  dataDir: string;
  settings(): Settings;
  /** Where Kafka is, or would be. */
  kafka(): Pick<KafkaEndpoint, 'kind' | 'topic' | 'brokers'>;
  /** Whether the processor takes calls. */
  running(): boolean;
  ask(method: string, args: unknown, timeoutMs: number): Promise<unknown>;
}

export type StateHandlers = Pick<Handlers, keyof typeof STATE_COMMANDS>;

export function createStates(options: StatesOptions): StateHandlers {
  /** The live query first. */
  const names = (): string[] => {
    const { query, queries } = options.settings().processor;
    return [query.name, ...queries.map(({ spec }) => spec.name)];
  };
  /** The last savepoint of a dropped query takes the folder along. */
  const deleteKept = async (query: string, id: string): Promise<void> => {
    const kept = (await readKept(options.dataDir, options.kafka(), names())).filter(
      (state) => state.query === query,
    );
    if (!kept.some((state) => state.id === id)) {
      throw new LiveDbError({
        code: 'state.unknown',
        message: `There is no savepoint "${id}" of a dropped query "${query}" (any more).`,
        remedy: 'state.kept names those there are.',
      });
    }
    const folder = lineFolder(options.dataDir, options.kafka(), query);
    if (kept.length > 1) await rm(stateFile(folder, id), { force: true });
    else await rm(folder, { recursive: true, force: true });
  };
  /** Null for the live query, else the name; throws when there is no such query. */
  const sideOf = (query: string): string | null => {
    const [primary, ...sides] = names();
    if (primary === query) return null;
    if (sides.includes(query)) return query;
    throw new LiveDbError({
      code: 'query.unknown',
      message: `There is no query "${query}".`,
      remedy: `Queries: ${names().join(', ')}. state.kept names what is left of dropped ones.`,
    });
  };
  const ask = async <T>(schema: z.ZodType<T>, method: string, args: { query: string }): Promise<T> => {
    sideOf(args.query);
    return schema.parse(await options.ask(method, args, CALL_TIMEOUT_MS));
  };

  return {
    async 'state.list'({ query }) {
      const side = sideOf(query);
      if (options.running()) return ask(z.array(StateInfo), PROCESSOR_CALLS.states, { query });
      return readStateList(lineFolder(options.dataDir, options.kafka(), side));
    },
    'undo.preview': (args) => ask(UndoPreview, PROCESSOR_CALLS.undoPreview, args),
    'state.save': (args) => ask(StateInfo, PROCESSOR_CALLS.save, args),
    async 'state.kept'() {
      return readKept(options.dataDir, options.kafka(), names());
    },
    async 'state.timeline'({ query }) {
      return readTimeline(lineFolder(options.dataDir, options.kafka(), sideOf(query)));
    },
    async 'state.delete'({ query, id, confirm }) {
      if (confirm !== id) {
        throw new LiveDbError({
          code: 'state.not-confirmed',
          message: `Deleting "${id}" is confirmed with its id.`,
          remedy: 'Send the id as `confirm`; nothing was deleted.',
        });
      }
      if (names().includes(query))
        await ask(z.unknown(), PROCESSOR_CALLS.deleteState, { query, id } as { query: string });
      else await deleteKept(query, id);
      return DONE;
    },
    async 'state.restore'(args) {
      return { ...DONE, ...(await ask(Restored, PROCESSOR_CALLS.restore, args)) };
    },
  };
}
