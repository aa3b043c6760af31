// The topics of the pipeline, and the one admin connection of the control plane: opened when the endpoint is known,
// opened anew when it changes. plane.ts makes it; pipeline, replays, reset and the topic commands use it.
import { LiveDbError } from '../../shared/errors.ts';
import type { KafkaEndpoint } from '../../shared/link.ts';
import { DEAD_TOPIC, LATE_TOPIC } from '../../shared/names.ts';
import type { TopicAdmin } from './ports.ts';

/** Three partitions let three readers share the events; results are few and stay in order in one. */
const EVENTS_PARTITIONS = 3;
const RESULTS_PARTITIONS = 1;
const SIDE_PARTITIONS = 3;

export interface PipelineTopics {
  admin(): TopicAdmin;
  /** Creates the pipeline's topics when they are missing; asked once until `forget`. */
  ensure(): Promise<void>;
  /** Partitions of the events topic; null before it was looked at. */
  partitions(): number | null;
  forget(): void;
  close(): Promise<void>;
}

export function createPipelineTopics(
  open: (endpoint: KafkaEndpoint) => TopicAdmin,
  endpoint: () => KafkaEndpoint | null,
  onChange: () => void,
): PipelineTopics {
  let opened: { address: string; admin: TopicAdmin } | null = null;
  let ensured: Promise<void> | null = null;
  let partitions: number | null = null;

  const admin = (): TopicAdmin => {
    const present = endpoint();
    if (present === null) {
      throw new LiveDbError({
        code: 'kafka.not-started',
        message: 'Kafka has not started yet, so there are no topics to ask for.',
        remedy: 'Start Kafka first.',
      });
    }
    const address = present.brokers.join(',');
    if (opened?.address !== address) {
      void opened?.admin.close();
      opened = { address, admin: open(present) };
    }
    return opened.admin;
  };

  const ensureNow = async () => {
    const present = endpoint();
    const own = admin();
    if (present === null) return;
    await own.ensureTopics([
      { name: present.topic, partitions: EVENTS_PARTITIONS },
      { name: present.resultsTopic, partitions: RESULTS_PARTITIONS },
      // On another's cluster the processor asks for them, and goes on without.
      ...(present.kind === 'embedded' ? [LATE_TOPIC, DEAD_TOPIC] : []).map((name) => ({
        name,
        partitions: SIDE_PARTITIONS,
      })),
    ]);
    partitions = (await own.list()).find(({ name }) => name === present.topic)?.partitions.length ?? null;
    onChange();
  };

  return {
    admin,
    ensure() {
      if (ensured === null) {
        const mine = ensureNow().catch((error: unknown) => {
          if (ensured === mine) ensured = null;
          throw error;
        });
        ensured = mine;
      }
      return ensured;
    },
    partitions: () => partitions,
    forget() {
      ensured = null;
      partitions = null;
    },
    async close() {
      await opened?.admin.close();
      opened = null;
    },
  };
}
