// Reset: says what it would delete, asks for a word, then empties LiveDB's own data. Embedded services only: what
// belongs to someone else's database or cluster is not ours to delete. commands.ts calls it.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LiveDbError } from '../../shared/errors.ts';
import { OUTPUT_TOPICS } from '../../shared/names.ts';
import type { History } from '../history/port.ts';
import type { Database, TopicAdmin } from './ports.ts';
import { dropCaptures, emptyOwnTables, liveRows, ownTables } from './reset.sql.ts';

export type ResetScope = 'data' | 'everything';

export interface ResetPreview {
  scope: ResetScope;
  deletes: { what: string; amount: string }[];
  keeps: string[];
  confirm: string;
}

export interface Reset {
  preview(scope: ResetScope): Promise<ResetPreview>;
  apply(scope: ResetScope, confirm: string): Promise<void>;
}

export interface ResetOptions {
  dataDir: string;
  topic: string;
  history: Pick<History, 'bytes' | 'clear'>;
  /** Names of those services that are external. */
  external(): readonly string[];
  /** Brings both services up. */
  ensureServices(): Promise<void>;
  withDatabase<T>(work: (database: Database) => Promise<T>): Promise<T>;
  topics(): TopicAdmin;
  stopPipeline(): Promise<void>;
  resetSettings(): Promise<unknown>;
  /** What the control plane itself remembers: ledger, figures, replays, incidents. */
  forget(): void;
}

/** Folders and files of the data folder that belong to the data. */
const DATA_PLACES = ['checkpoints', 'writer', 'producer'] as const;
const CONFIRM: Record<ResetScope, string> = { data: 'delete data', everything: 'delete everything' };

export function createReset(options: ResetOptions): Reset {
  const refuseExternal = () => {
    const external = options.external();
    if (external.length === 0) return;
    throw new LiveDbError({
      code: 'reset.external',
      message: `${external.join(' and ')} ${external.length === 1 ? 'is' : 'are'} external: LiveDB deletes nothing there.`,
      remedy: 'Empty the table and the topics with your own tools, or give another data folder with --data.',
    });
  };

  const ownTopics = async () => {
    const names = new Set<string>([options.topic, ...OUTPUT_TOPICS]);
    return (await options.topics().list()).filter(({ name }) => names.has(name));
  };

  return {
    async preview(scope) {
      refuseExternal();
      await options.ensureServices();
      const [rows, tables, topics] = await Promise.all([
        options.withDatabase(liveRows),
        options.withDatabase(ownTables),
        ownTopics(),
      ]);
      return {
        scope,
        deletes: [
          { what: 'Rows of the table livedb', amount: rows.toLocaleString('en-US') },
          {
            what: 'Places of writer and producer',
            amount: tables
              .filter(({ name }) => name !== 'livedb')
              .map(({ name }) => name)
              .join(', '),
          },
          ...topics.map(({ name, events }) => ({
            what: `Topic ${name}`,
            amount: `${events.toLocaleString('en-US')} events`,
          })),
          { what: 'Checkpoints of the processor', amount: 'all' },
          {
            what: 'History of metrics, results, incidents and replays',
            amount: megabytes(options.history.bytes()),
          },
          ...(scope === 'everything' ? [{ what: 'Settings', amount: 'back to the defaults' }] : []),
        ],
        keeps: [
          ...(scope === 'data' ? ['Settings'] : []),
          'Other tables and topics of the embedded services',
          'Seed files and logs',
        ],
        confirm: CONFIRM[scope],
      };
    },
    async apply(scope, confirm) {
      refuseExternal();
      if (confirm !== CONFIRM[scope]) {
        throw new LiveDbError({
          code: 'reset.not-confirmed',
          message: `A reset of this kind is confirmed with "${CONFIRM[scope]}".`,
          remedy: 'Repeat the words that reset.preview gives; nothing was deleted.',
        });
      }
      await options.ensureServices();
      await options.stopPipeline();
      // Positions first: if this ends half-way, the worst is a pipeline that starts again from the beginning.
      for (const place of DATA_PLACES) {
        await rm(join(options.dataDir, place), { recursive: true, force: true });
      }
      for (const { name } of await ownTopics()) await options.topics().delete(name);
      await options.withDatabase(dropCaptures);
      await options.withDatabase(emptyOwnTables);
      options.history.clear();
      options.forget();
      if (scope === 'everything') await options.resetSettings();
    },
  };
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_048_576).toFixed(1)} MB`;
}
