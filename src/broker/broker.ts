// The whole broker, put together: files, coordinators, server and the upkeep each second. Started by main.ts in a
// process of its own, and by tests in theirs.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { claimFolder } from './claim.ts';
import { systemClock } from './clock.ts';
import { type BrokerParts, HOST } from './context.ts';
import { Disk } from './disk.ts';
import { GroupCoordinator } from './groups/coordinator.ts';
import { KafkaServer } from './server.ts';
import { Topics } from './topics.ts';
import { TransactionCoordinator } from './transactions/coordinator.ts';

const UPKEEP_MS = 1_000;
/** Retention and unused groups are looked at this often, in upkeeps. */
const RETENTION_EVERY = 30;
const EXPIRY_EVERY = 60;

export interface BrokerEvents {
  waiting(reason: string | null): void;
  /** The disk refused a write; may come with every request. */
  storageFailed(cause: unknown): void;
  /** A connection was closed because of what it sent, or because its request failed in an unforeseen way. */
  refused(reason: unknown, peer: string): void;
  /** A log was damaged and mended when it was opened. */
  mended(topic: string, partition: number, cutBytes: number, setAside: string[]): void;
}

export interface Broker {
  host: string;
  port: number;
  figures(): { bytes: number; topics: number; connections: number };
  /** For the next `ms` each write takes `delayMs` longer; 0 and 0 end it. */
  slowDisk(delayMs: number, ms: number): void;
  /** Ends connections, puts everything on the disk, closes the files. */
  close(): Promise<void>;
}

/** Opens the broker on `<dataDir>/kafka`. Throws LiveDbError when the folder or the port cannot be had. */
export async function openBroker(
  config: { dataDir: string; port: number | null },
  events: BrokerEvents,
): Promise<Broker> {
  const folder = join(config.dataDir, 'kafka');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const claim = await claimFolder(folder, () => events.waiting('a broker of an earlier run to end'));
  events.waiting(null);

  const clock = systemClock;
  const topics = new Topics(folder);
  for (const { topic, partition, recovered } of topics.logs()) {
    const { cutBytes, setAside } = recovered;
    if (cutBytes > 0 || setAside.length > 0) events.mended(topic, partition, cutBytes, setAside);
  }
  const groups = new GroupCoordinator(join(folder, 'groups.journal'), clock, events.storageFailed);
  const transactions = new TransactionCoordinator(join(folder, 'transactions.journal'), {
    clock,
    log: (topic, partition) => topics.partition(topic, partition),
    commitOffsets: (group, offsets) => {
      groups.commit(
        group,
        offsets.map((one) => [one.topic, one.partition, one.offset, one.leaderEpoch, one.metadata]),
      );
    },
    storageFailed: events.storageFailed,
  });
  transactions.tend();

  const disk = new Disk(events);
  const server = new KafkaServer(events.refused);
  const parts: BrokerParts = {
    topics,
    groups,
    transactions,
    clock,
    disk,
    port: () => server.port,
    storageFailed: events.storageFailed,
  };
  await server.open(folder, config.port, parts);

  let round = 0;
  let timer: NodeJS.Timeout | null = null;
  let upkeeping: Promise<void> = Promise.resolve();
  const upkeep = async () => {
    round += 1;
    disk.tend();
    try {
      transactions.tend();
      if (round % RETENTION_EVERY === 0) for (const log of topics.logs()) log.enforceRetention(clock.now());
      if (round % EXPIRY_EVERY === 0) groups.expire();
      for (const log of [...topics.logs()]) await log.sync();
      await groups.sync();
      await transactions.sync();
    } catch (cause) {
      events.storageFailed(cause);
    }
  };
  const schedule = () => {
    timer = setTimeout(() => {
      upkeeping = upkeep().finally(() => {
        if (timer !== null) schedule();
      });
    }, UPKEEP_MS);
  };
  schedule();

  return {
    host: HOST,
    port: server.port,
    figures() {
      let bytes = 0;
      for (const log of topics.logs()) bytes += log.bytes;
      return { bytes, topics: topics.all().length, connections: server.connectionCount };
    },
    slowDisk: (delayMs, ms) => disk.delay(delayMs, ms),
    async close() {
      if (timer !== null) clearTimeout(timer);
      timer = null;
      await server.close();
      disk.close();
      await upkeeping;
      await topics.close();
      groups.close();
      transactions.close();
      claim.release();
    },
  };
}
