// What the comparison needs of Flink: its artifacts from Maven Central, once, into a folder beside other caches, and the
// configuration of one small cluster. cluster.ts starts it.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
export const FLINK_VERSION = '2.2.1';
const CONNECTOR_VERSION = '5.0.0-2.2';
const LOG4J_VERSION = '2.24.3';
const CACHE = join(homedir(), '.cache', 'livedb-bench', 'flink');
const FETCH_TIMEOUT_MS = 300_000;

const FLINK = [
  'flink-clients',
  'flink-runtime',
  'flink-rpc-akka-loader',
  'flink-table-api-java-bridge',
  'flink-table-runtime',
  'flink-table-planner-loader',
  'flink-sql-gateway',
  'flink-json',
  'flink-connector-base',
];
const artifact = (group: string, name: string, version: string) =>
  `<dependency><groupId>${group}</groupId><artifactId>${name}</artifactId><version>${version}</version></dependency>`;
const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>livedb.bench</groupId><artifactId>flink</artifactId><version>1</version><packaging>pom</packaging><dependencies>
${FLINK.map((name) => artifact('org.apache.flink', name, FLINK_VERSION)).join('\n')}
${artifact('org.apache.flink', 'flink-sql-connector-kafka', CONNECTOR_VERSION)}
${['log4j-slf4j-impl', 'log4j-core', 'log4j-api'].map((name) => artifact('org.apache.logging.log4j', name, LOG4J_VERSION)).join('\n')}
</dependencies></project>`;

/** The folder of its jars, or the reason, for a person, why they cannot be had. */
export async function flinkLibs(): Promise<{ libs: string } | { missing: string }> {
  try {
    await run('java', ['-version']);
  } catch {
    return { missing: 'Java 17 or newer is not installed' };
  }
  const libs = join(CACHE, 'lib');
  const runtime = `flink-runtime-${FLINK_VERSION}.jar`;
  if (existsSync(libs) && (await readdir(libs)).includes(runtime)) return { libs };
  await mkdir(CACHE, { recursive: true });
  await writeFile(join(CACHE, 'pom.xml'), POM);
  const goal = [
    '-q',
    '-B',
    'dependency:copy-dependencies',
    '-DoutputDirectory=lib',
    '-DincludeScope=runtime',
  ];
  try {
    await run('mvn', goal, { cwd: CACHE, timeout: FETCH_TIMEOUT_MS });
    return { libs };
  } catch (error) {
    return {
      missing: `Flink ${FLINK_VERSION} could not be fetched with Maven: ${String(error).split('\n')[0]}`,
    };
  }
}

export interface FlinkPorts {
  rpc: number;
  rest: number;
  gateway: number;
}

/** Writes config.yaml and log4j.properties: two slots, exactly-once checkpoints, the sizes that were found to suit it. */
export async function writeFlinkConfig(folder: string, ports: FlinkPorts): Promise<string> {
  const conf = join(folder, 'conf');
  await mkdir(conf, { recursive: true });
  await mkdir(join(folder, 'tmp'), { recursive: true });
  // With a plain `java` every size of the TaskManager has to be given: nothing splits a process size.
  const config = {
    'jobmanager.rpc.address': '127.0.0.1',
    'jobmanager.rpc.port': ports.rpc,
    'jobmanager.bind-host': '127.0.0.1',
    'taskmanager.host': '127.0.0.1',
    'taskmanager.bind-host': '127.0.0.1',
    'rest.address': '127.0.0.1',
    'rest.bind-address': '127.0.0.1',
    'rest.port': ports.rest,
    'sql-gateway.endpoint.rest.address': '127.0.0.1',
    'sql-gateway.endpoint.rest.bind-address': '127.0.0.1',
    'sql-gateway.endpoint.rest.port': ports.gateway,
    'execution.target': 'remote',
    'taskmanager.numberOfTaskSlots': 2,
    'parallelism.default': 2,
    'pipeline.object-reuse': true,
    'taskmanager.cpu.cores': '2.0',
    'taskmanager.memory.framework.heap.size': '64m',
    'taskmanager.memory.framework.off-heap.size': '64m',
    'taskmanager.memory.task.heap.size': '384m',
    'taskmanager.memory.task.off-heap.size': '0m',
    'taskmanager.memory.network.min': '64m',
    'taskmanager.memory.network.max': '64m',
    'taskmanager.memory.managed.size': '64m',
    'taskmanager.memory.jvm-metaspace.size': '160m',
    'taskmanager.memory.jvm-overhead.min': '96m',
    'taskmanager.memory.jvm-overhead.max': '96m',
    'execution.checkpointing.interval': '2s',
    'execution.checkpointing.mode': 'EXACTLY_ONCE',
    'execution.checkpointing.dir': `file://${join(folder, 'checkpoints')}`,
    'io.tmp.dirs': join(folder, 'tmp'),
    'heartbeat.interval': 2_000,
    'heartbeat.timeout': 20_000,
    'metrics.fetcher.update-interval': 200,
    'cluster.registration.initial-timeout': 100,
    'cluster.registration.error-delay': 500,
  };
  const lines = Object.entries(config).map(([name, value]) => `${name}: ${value}`);
  await writeFile(join(conf, 'config.yaml'), `${lines.join('\n')}\n`);
  await writeFile(
    join(conf, 'log4j.properties'),
    `rootLogger.level = WARN
rootLogger.appenderRef.file.ref = file
appender.file.name = file
appender.file.type = File
appender.file.fileName = ${join(folder, 'flink.log')}
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d %p %c - %m%n
`,
  );
  return conf;
}
