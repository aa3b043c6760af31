// The two sides of the comparison behind one shape: LiveDB's producer as a stage of a running LiveDB, and Debezium's
// engine as a process. compare.ts puts both through the same.
import type { Client } from 'pg';
import type { ControlRoom } from '../../test/support/control-room.ts';
import { processTree } from '../processes.ts';
import { DEBEZIUM_SLOT, Debezium, type DebeziumTarget } from './engine.ts';
import type { JavaParts } from './java-parts.ts';

/** MB: resident, and proportional (shared pages split among their users). */
export interface Memory {
  rss: number;
  pss: number;
}

export interface Side {
  name: string;
  topic: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Waits until it follows the server's log, as it will from then on. */
  following(): Promise<void>;
  /** Throws when it has ended by itself. */
  check(): void;
  /** What it takes, by part; the first part is the one that does the work of the other side. */
  memory(): Record<string, Memory>;
}

function memoryOf(pid: number): Memory {
  const processes = processTree(pid);
  return {
    rss: processes.reduce((sum, one) => sum + one.rssMb, 0),
    pss: processes.reduce((sum, one) => sum + one.pssMb, 0),
  };
}

/** The stage alone, and with the control plane that supervises it (without PostgreSQL, which both sides use). */
export function liveDbSide(room: ControlRoom, topic: string): Side {
  let pid = 0;
  return {
    name: 'LiveDB',
    topic,
    async start() {
      await room.execute('stage.start', { stage: 'producer' });
      const running = await room.until('producer running', (s) => s.stages.producer.state === 'running');
      pid = running.stages.producer.pid ?? 0;
    },
    async stop() {
      await room.execute('stage.stop', { stage: 'producer' });
      await room.until('producer stopped', (s) => s.stages.producer.state === 'stopped');
    },
    async following() {
      await room.until('the log followed', (s) => s.stages.producer.capture === 'logical', 30_000);
    },
    check() {
      if (room.process.exitCode !== null) throw new Error('LiveDB has ended.');
    },
    memory() {
      const producer = memoryOf(pid);
      const others = processTree(room.ready.pid).filter((one) => !/^postgres/.test(one.name));
      const all = {
        rss: others.reduce((sum, one) => sum + one.rssMb, 0),
        pss: others.reduce((sum, one) => sum + one.pssMb, 0),
      };
      return { producer, 'producer and control plane': all };
    },
  };
}

const SLOT_PATIENCE_MS = 30_000;

export function debeziumSide(java: JavaParts, target: DebeziumTarget, client: Client): Side {
  let engine: Debezium | null = null;
  return {
    name: 'Debezium',
    topic: target.topic,
    async start() {
      const started = new Debezium(java, target);
      engine = started;
      const look = 'SELECT 1 FROM pg_replication_slots WHERE slot_name = $1 AND active';
      for (const giveUpAt = performance.now() + SLOT_PATIENCE_MS; ; ) {
        if ((await client.query(look, [DEBEZIUM_SLOT])).rowCount === 1) return;
        started.check();
        if (performance.now() > giveUpAt) throw new Error('Debezium did not come to read its slot.');
      }
    },
    async stop() {
      await engine?.stop();
    },
    // It reads nothing else, and its start has waited for that.
    following: () => Promise.resolve(),
    check: () => engine?.check(),
    memory: () => ({ engine: memoryOf(engine?.pid ?? 0) }),
  };
}
