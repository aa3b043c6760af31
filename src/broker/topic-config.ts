// Settings of topics by Kafka's names: which there are, what they stand at by default, what is refused. Settings that
// mean nothing on a single broker are kept and shown, so that tools which set them go on working.
// https://kafka.apache.org/documentation/#topicconfigs
import type { LogSettings } from './log/partition-log.ts';

const MIB = 1024 * 1024;
/** One message set of a producer at full batch size, with room; Kafka's own default is 1 MiB. */
const MAX_MESSAGE_BYTES = 32 * MIB;
const MAX_LONG = Number.MAX_SAFE_INTEGER;

interface Setting {
  fallback: string;
  /** What is wrong with a value, or null. */
  fault: (value: string) => string | null;
}

function number(fallback: number, min: number, max: number): Setting {
  return {
    fallback: String(fallback),
    fault: (value) => {
      const parsed = Number(value);
      const fits = /^-?\d+$/.test(value) && parsed >= min;
      return fits && parsed <= Math.max(max, MAX_LONG) ? null : `must be a whole number from ${min} on`;
    },
  };
}

function choice(fallback: string, ...values: string[]): Setting {
  return {
    fallback,
    fault: (value) => {
      const parts = value.split(',').map((part) => part.trim());
      return parts.every((part) => values.includes(part)) ? null : `must be one of ${values.join(', ')}`;
    },
  };
}

const text: Setting = { fallback: '', fault: () => null };

export const TOPIC_SETTINGS: Readonly<Record<string, Setting>> = {
  'cleanup.policy': choice('delete', 'delete', 'compact'),
  'compression.type': choice('producer', 'producer', 'uncompressed', 'gzip', 'snappy', 'lz4', 'zstd'),
  'delete.retention.ms': number(86_400_000, 0, MAX_LONG),
  'file.delete.delay.ms': number(60_000, 0, MAX_LONG),
  'flush.messages': number(MAX_LONG, 1, MAX_LONG),
  'flush.ms': number(1_000, 0, MAX_LONG),
  'follower.replication.throttled.replicas': text,
  'index.interval.bytes': number(16_384, 0, MAX_LONG),
  'leader.replication.throttled.replicas': text,
  'max.compaction.lag.ms': number(MAX_LONG, 1, MAX_LONG),
  'max.message.bytes': number(MAX_MESSAGE_BYTES, 0, MAX_MESSAGE_BYTES),
  'message.timestamp.type': choice('CreateTime', 'CreateTime'),
  'message.timestamp.after.max.ms': number(MAX_LONG, 0, MAX_LONG),
  'message.timestamp.before.max.ms': number(MAX_LONG, 0, MAX_LONG),
  'min.cleanable.dirty.ratio': text,
  'min.compaction.lag.ms': number(0, 0, MAX_LONG),
  'min.insync.replicas': number(1, 1, MAX_LONG),
  preallocate: choice('false', 'false', 'true'),
  'retention.bytes': number(2048 * MIB, -1, MAX_LONG),
  'retention.ms': number(-1, -1, MAX_LONG),
  'segment.bytes': number(64 * MIB, 14, MAX_LONG),
  'segment.index.bytes': number(10 * MIB, 4, MAX_LONG),
  'segment.jitter.ms': number(0, 0, MAX_LONG),
  'segment.ms': number(MAX_LONG, 1, MAX_LONG),
  'unclean.leader.election.enable': choice('false', 'false', 'true'),
};

export type TopicConfig = Record<string, string>;

/** What is wrong with a setting, as a sentence, or null. */
export function settingFault(name: string, value: string | null): string | null {
  const setting = TOPIC_SETTINGS[name];
  if (setting === undefined) return `There is no topic setting "${name}".`;
  if (value === null) return null;
  const fault = setting.fault(value);
  return fault === null ? null : `The topic setting "${name}" ${fault}, and is "${value}".`;
}

export function effectiveSetting(config: TopicConfig, name: string): string {
  return config[name] ?? TOPIC_SETTINGS[name]?.fallback ?? '';
}

/** The settings that the log itself follows. A compacted topic keeps everything: more than was asked, never less. */
export function logSettings(config: TopicConfig): LogSettings & { maxMessageBytes: number } {
  const value = (name: string) => Number(effectiveSetting(config, name));
  const kept = !effectiveSetting(config, 'cleanup.policy').includes('delete');
  return {
    segmentBytes: Math.min(value('segment.bytes'), 1024 * MIB),
    retentionBytes: kept ? -1 : value('retention.bytes'),
    retentionMs: kept ? -1 : value('retention.ms'),
    maxMessageBytes: value('max.message.bytes'),
  };
}
