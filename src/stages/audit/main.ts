// One audit as a process of its own: compares, writes its report into the data folder, ends with exit code 0. Started by
// the control plane; `drain` cancels it.
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { setPriority } from 'node:os';
import { join } from 'node:path';
import { type ChildLink, runChild } from '../../clients/link.ts';
import { type Logger, openLog } from '../../clients/log.ts';
import { AUDIT_FINDINGS, type AuditReport, type AuditSummary } from '../../shared/audit.ts';
import { reportPage } from '../../shared/audit-page.ts';
import { LiveDbError } from '../../shared/errors.ts';
import { AuditConfig, type AuditProgress } from '../../shared/link.ts';
import { audit } from './audit.ts';

/** A little below normal: the live line comes first. */
const NICE = 5;

runChild<AuditConfig, AuditProgress>({
  name: 'audit',
  config: AuditConfig,
  async start(config, link) {
    const log = await openLog(config.logDir, 'audit');
    try {
      setPriority(NICE);
    } catch (error) {
      log.debug({ error }, 'the priority could not be lowered');
    }
    const cancel = new AbortController();
    const work = run(config, link, cancel.signal, log).then(
      () => link.finish(),
      (error: unknown) => {
        if (cancel.signal.aborted) return;
        log.error({ error }, 'the audit failed');
        link.fatal(LiveDbError.dataOf(error), false);
      },
    );
    return {
      running: {
        async drain() {
          cancel.abort(new LiveDbError({ code: 'cancelled', message: 'The audit was cancelled.' }));
          await work;
        },
      },
    };
  },
});

async function run(
  config: AuditConfig,
  link: ChildLink<AuditProgress>,
  signal: AbortSignal,
  log: Logger,
): Promise<void> {
  let phase = 'Connecting';
  let done = 0;
  let total = 0;
  let summary: AuditProgress['summary'] = null;
  const report = (): AuditProgress => ({
    at: Date.now(),
    phase,
    done,
    total: Math.max(total, done),
    summary,
  });
  const outlet = {
    phase(words: string, more: number) {
      phase = words;
      total += more;
      link.report(report);
    },
    progress(more: number) {
      done += more;
      link.report(report);
    },
    waiting: (reason: string | null) => link.waiting(reason),
  };
  const outcome = await audit(config, outlet, signal, log);
  signal.throwIfAborted();
  phase = 'Writing the report';
  summary = await write(config, outcome);
  link.report(report);
}

async function write(config: AuditConfig, report: AuditReport): Promise<AuditSummary> {
  const folder = join(config.dataDir, 'reports');
  await mkdir(folder, { recursive: true });
  const json = join(folder, `audit-${report.id}.json`);
  const page = join(folder, `audit-${report.id}.html`);
  await writeWhole(page, reportPage(report));
  await writeWhole(json, `${JSON.stringify(report, null, 2)}\n`);
  const counts = Object.fromEntries(AUDIT_FINDINGS.map((name) => [name, report.findings[name].count]));
  return {
    agree: report.agree,
    rows: report.table.rows,
    events: report.topic.normal,
    windows: report.results.compared,
    counts: counts as AuditSummary['counts'],
    json,
    page,
  };
}

/** A reader never sees half of it. */
async function writeWhole(file: string, text: string): Promise<void> {
  await writeFile(`${file}.part`, text);
  await rename(`${file}.part`, file);
}
