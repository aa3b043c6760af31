// Audits: runs each in a short-lived child of its own, one at a time, keeps its progress, and gives its report from the
// data folder. handlers.ts calls it through proof.ts.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AuditReport, type AuditStatus } from '../../shared/audit.ts';
import { LiveDbError, type LiveDbErrorData } from '../../shared/errors.ts';
import {
  AuditConfig,
  AuditProgress,
  type AuditQuery,
  type KafkaEndpoint,
  type PostgresEndpoint,
} from '../../shared/link.ts';
import type { ForkedChild } from '../hosts/host.ts';
import { type Child, openChild } from './child.ts';
import type { Clock } from './clock.ts';
import type { Incidents } from './incidents.ts';
import { createRateEstimator } from './rates.ts';

export interface Audits {
  /** Throws `audit.busy` while another one runs. */
  start(): Promise<string>;
  /** Resolves when the audit has ended, however it did. */
  ended(id: string): Promise<void>;
  /** Throws `audit.unknown`, `audit.ended`. */
  cancel(id: string): Promise<void>;
  /** Throws `audit.unknown`, `audit.running`, or what the audit failed of. */
  report(id: string): Promise<AuditReport>;
  /** The newest one; null before the first. */
  status(): AuditStatus | null;
  close(): Promise<void>;
}

export interface AuditsOptions {
  clock: Clock;
  dataDir: string;
  incidents: Incidents;
  fork(): ForkedChild;
  /** Where the services stand; reject with a clear error when one does not answer. */
  kafka(): Promise<KafkaEndpoint>;
  postgres(): Promise<PostgresEndpoint>;
  /** Whether the log of the database is captured at present. */
  byLog(): boolean;
  /** Every query there is, as its line stands. */
  queries(): Promise<AuditQuery[]>;
  onChange(): void;
  onFault(error: unknown): void;
}

const START_TIMEOUT_MS = 20_000;
const CANCEL_TIMEOUT_MS = 5_000;

interface Run {
  child: Child;
  cancelled: boolean;
  ended: Promise<void>;
  disarm(): void;
}

export function createAudits(options: AuditsOptions): Audits {
  const { clock } = options;
  let status: AuditStatus | null = null;
  let run: Run | null = null;
  let starting = false;

  const put = (change: Partial<AuditStatus>) => {
    if (status === null) return;
    status = { ...status, ...change };
    options.onChange();
  };

  const finish = (cancelled: boolean, code: number | null, fatal: LiveDbErrorData | null) => {
    const done = status?.report != null;
    const state = done ? 'done' : cancelled ? 'cancelled' : 'failed';
    run?.disarm();
    run = null;
    put({
      state,
      endedAt: clock.now(),
      error: state === 'failed' ? (fatal ?? stoppedShort(code)) : null,
    });
    if (state !== 'done' || status?.report == null || status.report.agree) return;
    options.incidents.add({
      severity: 'error',
      subject: null,
      code: 'audit',
      title: 'An audit found differences',
      cause: Object.entries(status.report.counts)
        .filter(([, count]) => count > 0)
        .map(([kind, count]) => `${kind} ${count}`)
        .join(', '),
      remedy: `Its report names them: ${status.report.page}`,
    });
  };

  const launch = async (): Promise<string> => {
    const [kafka, postgres] = await Promise.all([options.kafka(), options.postgres()]);
    const queries = await options.queries();
    const startedAt = clock.now();
    const id = new Date(startedAt).toISOString().replace(/[:.]/g, '-');
    const config = AuditConfig.parse({
      dataDir: options.dataDir,
      logDir: join(options.dataDir, 'logs'),
      id,
      postgres,
      kafka,
      byLog: options.byLog(),
      queries,
    });
    const rate = createRateEstimator();
    const ending = Promise.withResolvers<void>();
    status = {
      id,
      state: 'running',
      phase: 'Starting',
      startedAt,
      endedAt: null,
      done: 0,
      total: 0,
      rate: 0,
      report: null,
      error: null,
    };
    const child: Child = openChild('audit', options.fork(), clock, {
      hello: () => child.send({ type: 'start', config }),
      ready: () => own.disarm(),
      beat: () => undefined,
      report(raw) {
        const { at, phase, done, total, summary } = AuditProgress.parse(raw);
        rate.observe(at, done);
        put({ phase, done, total, rate: rate.rate(clock.now()), report: summary });
      },
      waiting(reason) {
        if (reason !== null) put({ phase: reason });
      },
      incident: (incident) => options.incidents.add({ ...incident, subject: null }),
      garbled: (message) => options.onFault(new Error(message)),
      exit(code, _signal, fatal) {
        finish(own.cancelled, code, fatal?.error ?? null);
        ending.resolve();
      },
    });
    const own: Run = {
      child,
      cancelled: false,
      ended: ending.promise,
      disarm: clock.after(START_TIMEOUT_MS, () => child.kill()),
    };
    run = own;
    options.onChange();
    return id;
  };

  const cancel = async (own: Run) => {
    own.cancelled = true;
    own.child.send({ type: 'drain' });
    const disarm = clock.after(CANCEL_TIMEOUT_MS, () => own.child.kill());
    await own.ended;
    disarm();
  };

  return {
    async start() {
      if (run !== null || starting) {
        throw new LiveDbError({
          code: 'audit.busy',
          message: 'An audit runs already.',
          remedy: 'Wait for it to end, or cancel it.',
        });
      }
      starting = true;
      try {
        return await launch();
      } finally {
        starting = false;
      }
    },
    async ended(id) {
      if (status?.id === id) await run?.ended;
    },
    async cancel(id) {
      if (status?.id !== id) throw unknownAudit(id);
      if (run === null) {
        throw new LiveDbError({ code: 'audit.ended', message: 'This audit has ended already.' });
      }
      await cancel(run);
    },
    async report(id) {
      if (status?.id === id) {
        if (status.error !== null) throw new LiveDbError(status.error);
        if (status.state === 'running') {
          throw new LiveDbError({
            code: 'audit.running',
            message: 'This audit has not ended yet.',
            remedy: 'Ask again when `audit.state` in the snapshot is "done".',
          });
        }
      }
      try {
        const text = await readFile(join(options.dataDir, 'reports', `audit-${id}.json`), 'utf8');
        return AuditReport.parse(JSON.parse(text));
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') throw unknownAudit(id);
        throw error;
      }
    },
    status: () => status,
    async close() {
      if (run !== null) await cancel(run);
    },
  };
}

function unknownAudit(id: string): LiveDbError {
  return new LiveDbError({
    code: 'audit.unknown',
    message: `There is no report of an audit with the id "${id}".`,
    remedy: 'Reports stand in the folder "reports" of the data folder; one that was cancelled leaves none.',
  });
}

function stoppedShort(code: number | null): LiveDbErrorData {
  return {
    code: 'audit.stopped-short',
    message: `The audit's process ended (exit code ${code ?? 'none'}) before it was done.`,
    remedy: 'Start it again; it only reads.',
  };
}
