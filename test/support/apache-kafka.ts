// A real Apache Kafka for tests: fetched from Maven Central once into ~/.cache/livedb-test, run as one KRaft node on a
// free port in a temporary folder. Where it cannot be had, `apacheKafka` says why and tests skip with that reason.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { openAdmin } from '../../src/clients/kafka.ts';
import type { KafkaEndpoint } from '../../src/shared/link.ts';
import { freePort } from './free-port.ts';

const run = promisify(execFile);
const VERSION = '4.1.1';
const CACHE = join(homedir(), '.cache', 'livedb-test', 'kafka');
const LIBS = join(CACHE, 'libs');

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>livedb.test</groupId><artifactId>kafka</artifactId><version>1</version><dependencies>
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${VERSION}</version></dependency>
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka-tools</artifactId><version>${VERSION}</version></dependency>
</dependencies></project>`;

/** Null when Apache Kafka can be run here; else the reason why not. Fetches it at the first call. */
export async function apacheKafkaMissing(): Promise<string | null> {
  try {
    await run('java', ['-version']);
  } catch {
    return 'Java is not installed';
  }
  const there = async () =>
    existsSync(LIBS) && (await readdir(LIBS)).some((file) => file.startsWith('kafka_2.13'));
  if (await there()) return null;
  try {
    await mkdir(CACHE, { recursive: true });
    await writeFile(join(CACHE, 'pom.xml'), POM);
    // Two test files may come here at once, or the run may be interrupted: the folder appears when it is whole.
    const own = `libs-${process.pid}`;
    const goal = ['-q', '-B', 'dependency:copy-dependencies', `-DoutputDirectory=${own}`];
    await run('mvn', goal, { cwd: CACHE, timeout: 120_000 });
    if (!(await there())) {
      await rm(LIBS, { recursive: true, force: true });
      await rename(join(CACHE, own), LIBS);
    }
    await rm(join(CACHE, own), { recursive: true, force: true });
    return null;
  } catch (error) {
    return `Apache Kafka ${VERSION} could not be fetched with Maven: ${String(error).split('\n')[0]}`;
  }
}

export interface ApacheKafka {
  endpoint: KafkaEndpoint;
  /** Runs a tool of the distribution, e.g. `kafka.tools.…`, with `--bootstrap-server` given. */
  tool(mainClass: string, args: string[]): Promise<string>;
  stop(): Promise<void>;
}

export async function startApacheKafka(): Promise<ApacheKafka> {
  const folder = await mkdtemp(join(tmpdir(), 'livedb-apache-kafka-'));
  const [port, controllerPort] = [await freePort(), await freePort()];
  const properties = join(folder, 'server.properties');
  await writeFile(
    properties,
    `process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:${controllerPort}
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}
advertised.listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}
controller.listener.names=CONTROLLER
log.dirs=${join(folder, 'data')}
num.partitions=3
offsets.topic.replication.factor=1
offsets.topic.num.partitions=2
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=2
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
`,
  );
  await writeFile(join(folder, 'log4j2.yaml'), 'Configuration:\n  Loggers:\n    Root:\n      level: "OFF"\n');
  const java = [
    '-Xmx512m',
    `-Dlog4j2.configurationFile=${join(folder, 'log4j2.yaml')}`,
    '-cp',
    join(LIBS, '*'),
  ];
  // One that begins with "-" would be taken for an option.
  let id = '-';
  while (id.startsWith('-')) id = Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64url');
  await run('java', [
    ...java,
    'kafka.tools.StorageTool',
    'format',
    '--standalone',
    '-t',
    id,
    '-c',
    properties,
  ]);
  const child: ChildProcess = spawn('java', [...java, 'kafka.Kafka', properties], { stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async () => {
    child.kill('SIGKILL');
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  const endpoint: KafkaEndpoint = {
    kind: 'external',
    brokers: [`127.0.0.1:${port}`],
    clientId: 'livedb-test',
    topic: 'db_live_events',
    resultsTopic: 'db_live_results',
    ssl: false,
    sasl: null,
  };
  const admin = openAdmin(endpoint, { clientIdSuffix: 'start', patienceMs: 500 });
  try {
    // A machine under load starts a virtual machine slowly.
    for (const giveUpAt = Date.now() + 100_000; ; ) {
      try {
        await admin.cluster();
        break;
      } catch (error) {
        if (Date.now() > giveUpAt || child.exitCode !== null) throw error;
        await pause(100);
      }
    }
  } catch (error) {
    await stop();
    throw error;
  } finally {
    await admin.close();
  }
  return {
    endpoint,
    stop,
    tool: async (mainClass, args) => {
      const { stdout } = await run('java', [
        ...java,
        mainClass,
        '--bootstrap-server',
        `127.0.0.1:${port}`,
        ...args,
      ]);
      return stdout;
    },
  };
}

/** Runs a tool of the Apache Kafka distribution against any broker; gives its output. */
export async function apacheTool(mainClass: string, args: string[], input = ''): Promise<string> {
  const quiet = ['-Xmx256m', '-XX:TieredStopAtLevel=1', '-Dlog4j2.level=OFF', '-cp', join(LIBS, '*')];
  const running = run('java', [...quiet, mainClass, ...args], { timeout: 40_000 });
  running.child.stdin?.end(input);
  return (await running).stdout;
}
