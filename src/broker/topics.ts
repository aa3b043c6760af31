// The topics of the broker and their partitions' logs. Folders carry the topic's id, not its name: names may differ in
// case alone or be words that a file system keeps for itself. Used by the handlers.
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { LiveDbError } from '../shared/errors.ts';
import { replaceFile } from './log/durable-file.ts';
import { PartitionLog } from './log/partition-log.ts';
import { logSettings, type TopicConfig } from './topic-config.ts';
import { ERROR, type ErrorCode } from './wire/error-codes.ts';

export const DEFAULT_PARTITIONS = 3;
/** Each partition holds a file open. */
const MAX_PARTITIONS = 2_000;
const MAX_NAME = 249;

const TopicList = z.object({
  version: z.literal(1),
  clusterId: z.string(),
  topics: z.array(
    z.object({
      name: z.string(),
      id: z.string(),
      partitions: z.number().int().min(1),
      config: z.record(z.string(), z.string()),
    }),
  ),
});

export interface Topic {
  name: string;
  /** 32 hexadecimal digits. */
  id: string;
  config: TopicConfig;
  partitions: PartitionLog[];
  maxMessageBytes: number;
}

export interface TopicFault {
  error: ErrorCode;
  message: string;
}

/** Kafka's rule for names: 1-249 of letters, digits, ".", "_", "-". */
export function isTopicName(name: string): boolean {
  return /^[a-zA-Z0-9._-]+$/.test(name) && name.length <= MAX_NAME && name !== '.' && name !== '..';
}

export class Topics {
  readonly clusterId: string;
  readonly folder: string;
  private readonly topics = new Map<string, Topic>();

  /** Opens all topics below `<folder>/topics`, recovering each log. */
  constructor(folder: string) {
    this.folder = folder;
    mkdirSync(join(folder, 'topics'), { recursive: true, mode: 0o700 });
    const saved = this.load();
    this.clusterId = saved?.clusterId ?? randomUUID().replaceAll('-', '').slice(0, 22);
    for (const { name, id, partitions, config } of saved?.topics ?? []) {
      this.topics.set(name, this.open(name, id, partitions, config));
    }
    const known = new Set([...this.topics.values()].map((topic) => topic.id));
    for (const left of readdirSync(join(folder, 'topics'))) {
      // A topic that was being deleted, or never got onto the list, when the process ended.
      if (!known.has(left)) rmSync(join(folder, 'topics', left), { recursive: true, force: true });
    }
    if (saved === null) this.save();
  }

  private get listPath(): string {
    return join(this.folder, 'topics.json');
  }

  private load(): z.infer<typeof TopicList> | null {
    if (!existsSync(this.listPath)) return null;
    try {
      return TopicList.parse(JSON.parse(readFileSync(this.listPath, 'utf8')));
    } catch (cause) {
      throw new LiveDbError(
        {
          code: 'final.kafka.topic-list',
          message: `The list of topics ${this.listPath} cannot be read: it is damaged or of a newer LiveDB.`,
          remedy: 'Restore the file from a backup, or reset the data folder; nothing was changed.',
        },
        { cause },
      );
    }
  }

  private open(name: string, id: string, partitions: number, config: TopicConfig): Topic {
    const { maxMessageBytes, ...settings } = logSettings(config);
    const logs = Array.from({ length: partitions }, (_, index) => {
      return new PartitionLog(name, index, join(this.folder, 'topics', id, String(index)), settings);
    });
    return { name, id, config, partitions: logs, maxMessageBytes };
  }

  private save(): void {
    const topics = [...this.topics.values()].map(({ name, id, partitions, config }) => {
      return { name, id, partitions: partitions.length, config };
    });
    replaceFile(this.listPath, JSON.stringify({ version: 1, clusterId: this.clusterId, topics }, null, 2));
  }

  get(name: string): Topic | undefined {
    return this.topics.get(name);
  }

  byId(id: string): Topic | undefined {
    return this.all().find((topic) => topic.id === id);
  }

  all(): Topic[] {
    return [...this.topics.values()];
  }

  partition(name: string, partition: number): PartitionLog | undefined {
    return this.topics.get(name)?.partitions[partition];
  }

  *logs(): Iterable<PartitionLog> {
    for (const topic of this.topics.values()) yield* topic.partitions;
  }

  /** Why a topic cannot be created, or null. */
  createFault(name: string, partitions: number): TopicFault | null {
    if (!isTopicName(name)) {
      const message = `"${name}" is no topic name: 1 to ${MAX_NAME} of letters, digits, ".", "_" and "-".`;
      return { error: ERROR.INVALID_TOPIC_EXCEPTION, message };
    }
    if (this.topics.has(name)) {
      return { error: ERROR.TOPIC_ALREADY_EXISTS, message: `Topic "${name}" exists already.` };
    }
    return this.roomFault(partitions);
  }

  /** Why `more` partitions cannot be added, or null. */
  roomFault(more: number): TopicFault | null {
    if (more < 1)
      return { error: ERROR.INVALID_PARTITIONS, message: 'A topic needs at least one partition.' };
    const all = this.all().reduce((sum, topic) => sum + topic.partitions.length, 0);
    if (all + more <= MAX_PARTITIONS) return null;
    const message = `There would be ${all + more} partitions; this broker keeps at most ${MAX_PARTITIONS}.`;
    return { error: ERROR.INVALID_PARTITIONS, message };
  }

  /** Creates a topic for which `createFault` found nothing. Throws what the disk says. */
  create(name: string, partitions: number, config: TopicConfig): Topic {
    const topic = this.open(name, randomUUID().replaceAll('-', ''), partitions, config);
    this.topics.set(name, topic);
    try {
      this.save();
    } catch (error) {
      this.topics.delete(name);
      throw error;
    }
    return topic;
  }

  addPartitions(topic: Topic, total: number): void {
    const { maxMessageBytes: _, ...settings } = logSettings(topic.config);
    const before = topic.partitions.length;
    for (let index = before; index < total; index += 1) {
      const folder = join(this.folder, 'topics', topic.id, String(index));
      topic.partitions.push(new PartitionLog(topic.name, index, folder, settings));
    }
    this.save();
  }

  configure(topic: Topic, config: TopicConfig): void {
    const { maxMessageBytes, ...settings } = logSettings(config);
    topic.config = config;
    topic.maxMessageBytes = maxMessageBytes;
    for (const log of topic.partitions) log.settings = settings;
    this.save();
  }

  /** Off the list first, so that a half-done deletion is finished at the next start. */
  async delete(topic: Topic): Promise<void> {
    this.topics.delete(topic.name);
    this.save();
    for (const log of topic.partitions) await log.remove();
    rmSync(join(this.folder, 'topics', topic.id), { recursive: true, force: true, maxRetries: 5 });
  }

  async close(): Promise<void> {
    for (const log of this.logs()) {
      await log.checkpoint();
      await log.close();
    }
  }
}
