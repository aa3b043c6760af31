// A real Flink: JobManager, TaskManager and SQL Gateway as processes of their own, driven over REST. compare.ts starts it
// beside the processor.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { freePort } from '../../test/support/free-port.ts';
import { writeFlinkConfig } from './parts.ts';

const OPENS = ['java.base/sun.net.util=ALL-UNNAMED']
  .map((name) => `--add-exports=${name}`)
  .concat(
    [
      'lang',
      'net',
      'io',
      'nio',
      'lang.reflect',
      'text',
      'time',
      'util',
      'util.concurrent',
      'util.concurrent.atomic',
      'util.concurrent.locks',
    ].map((name) => `--add-opens=java.base/java.${name}=ALL-UNNAMED`),
    ['--add-opens=java.base/sun.nio.ch=ALL-UNNAMED'],
  );
const JOB_MANAGER = ['-Xms128m', '-Xmx256m', '-XX:MaxMetaspaceSize=128m', '-XX:+UseSerialGC'];
const TASK_MANAGER = [
  '-Xms448m',
  '-Xmx448m',
  '-XX:MaxDirectMemorySize=128m',
  '-XX:MaxMetaspaceSize=160m',
  '-XX:+UseG1GC',
];
const GATEWAY = ['-Xms64m', '-Xmx256m', '-XX:MaxMetaspaceSize=192m', '-XX:+UseSerialGC'];
const READY_MS = 90_000;
const STATEMENT_MS = 120_000;

const Handle = z.object({ operationHandle: z.string() });
const Session = z.object({ sessionHandle: z.string() });
const Operation = z.object({ status: z.string() });
const Result = z.object({
  resultType: z.string(),
  jobID: z.string().optional(),
  nextResultUri: z.string().optional(),
});
const Job = z.object({
  state: z.string(),
  vertices: z.array(z.object({ id: z.string(), name: z.string() })),
});
const Metrics = z.array(z.object({ id: z.string(), sum: z.number().optional() }));
const Overview = z.object({ taskmanagers: z.number() });

export interface Flink {
  /** JobManager, TaskManager, SQL Gateway. */
  pids: number[];
  /** Runs statements one after the other in a session of their own; the id of the job of the last, if it has one. */
  run(statements: readonly string[]): Promise<string | null>;
  state(job: string): Promise<string>;
  /** Records that the job's source has read. */
  recordsRead(job: string): Promise<number>;
  cancel(job: string): Promise<void>;
  close(): Promise<void>;
}

export async function startFlink(libs: string): Promise<Flink> {
  const folder = await mkdtemp(join(tmpdir(), 'livedb-bench-flink-'));
  const ports = { rpc: await freePort(), rest: await freePort(), gateway: await freePort() };
  const conf = await writeFlinkConfig(folder, ports);
  const children: ChildProcess[] = [];
  const start = (options: readonly string[], main: string, args: readonly string[]) => {
    const child = spawn(
      'java',
      [
        ...options,
        ...OPENS,
        `-Dlog4j.configurationFile=file:${join(conf, 'log4j.properties')}`,
        '-cp',
        join(libs, '*'),
        main,
        ...args,
      ],
      { stdio: 'ignore', env: { ...process.env, FLINK_CONF_DIR: conf } },
    );
    children.push(child);
  };
  const rest = `http://127.0.0.1:${ports.rest}`;
  const gateway = `http://127.0.0.1:${ports.gateway}`;
  const close = async () => {
    const ended = children.map(
      (child) =>
        new Promise<void>((resolve) => {
          if (child.exitCode !== null || child.signalCode !== null) resolve();
          else child.once('exit', () => resolve());
        }),
    );
    for (const child of children) child.kill('SIGKILL');
    await Promise.all(ended);
    await rm(folder, { recursive: true, force: true });
  };
  const answers = async (wanted: string, test: () => Promise<boolean>) => {
    for (const giveUpAt = Date.now() + READY_MS; ; await pause(100)) {
      if (await test().catch(() => false)) return;
      if (Date.now() > giveUpAt)
        throw new Error(`Flink: ${wanted} was not ready after ${READY_MS / 1000} s.`);
    }
  };
  try {
    start(JOB_MANAGER, 'org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint', [
      '--configDir',
      conf,
    ]);
    // A TaskManager that is there first waits long until it tries again.
    await answers('the JobManager', async () => (await fetch(`${rest}/overview`)).ok);
    start(TASK_MANAGER, 'org.apache.flink.runtime.taskexecutor.TaskManagerRunner', ['--configDir', conf]);
    start(GATEWAY, 'org.apache.flink.table.gateway.SqlGateway', []);
    await answers(
      'the TaskManager',
      async () => (await json(Overview, `${rest}/overview`)).taskmanagers === 1,
    );
    await answers('the SQL Gateway', async () => (await fetch(`${gateway}/v4/info`)).ok);
  } catch (error) {
    await close();
    throw error;
  }

  const statement = async (session: string, text: string): Promise<string | null> => {
    const path = `${gateway}/v4/sessions/${session}`;
    const { operationHandle } = await json(Handle, `${path}/statements`, { statement: text });
    const operation = `${path}/operations/${operationHandle}`;
    for (const giveUpAt = Date.now() + STATEMENT_MS; ; await pause(50)) {
      const { status } = await json(Operation, `${operation}/status`);
      if (status === 'FINISHED' || status === 'ERROR') break;
      if (Date.now() > giveUpAt) throw new Error(`Flink did not take in time: ${text}`);
    }
    for (let next = `${operation}/result/0?rowFormat=JSON`; ; await pause(50)) {
      const result = await json(Result, next);
      if (result.resultType !== 'NOT_READY') return result.jobID ?? null;
      if (result.nextResultUri !== undefined) next = `${gateway}${result.nextResultUri}`;
    }
  };
  return {
    pids: children.flatMap(({ pid }) => (pid === undefined ? [] : [pid])),
    async run(statements) {
      const { sessionHandle } = await json(Session, `${gateway}/v4/sessions`, { sessionName: 'bench' });
      let job: string | null = null;
      for (const text of statements) job = await statement(sessionHandle, text);
      return job;
    },
    state: async (job) => (await json(Job, `${rest}/jobs/${job}`)).state,
    async recordsRead(job) {
      const { vertices } = await json(Job, `${rest}/jobs/${job}`);
      const source = vertices.find(({ name }) => name.startsWith('Source'))?.id ?? vertices[0]?.id ?? '';
      const url = `${rest}/jobs/${job}/vertices/${source}/subtasks/metrics?get=numRecordsIn&agg=sum`;
      return (await json(Metrics, url))[0]?.sum ?? 0;
    },
    async cancel(job) {
      await fetch(`${rest}/jobs/${job}?mode=cancel`, { method: 'PATCH' });
      await answers(
        'the end of a job',
        async () => (await json(Job, `${rest}/jobs/${job}`)).state === 'CANCELED',
      );
    },
    close,
  };
}

/** GET, or POST when there is a body. Throws what the server says. */
async function json<T>(schema: z.ZodType<T>, url: string, body?: unknown): Promise<T> {
  const answer = await fetch(
    url,
    body === undefined
      ? {}
      : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) },
  );
  const text = await answer.text();
  if (!answer.ok) throw new Error(`Flink answered ${answer.status}: ${reasonOf(text)}`);
  return schema.parse(JSON.parse(text));
}

/** The lines of a Java error that name a cause. */
function reasonOf(text: string): string {
  const causes = text
    .split('\\n')
    .filter((line) => /Caused by|Exception/.test(line) && !line.includes('\\tat '));
  return (causes.length === 0 ? [text] : causes).slice(-3).join(' ').slice(0, 1_500);
}
