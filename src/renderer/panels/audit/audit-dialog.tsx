// The dialog "Audit": starts a full comparison of table, topic and results, shows how far it is, and what it found.
// Mounted by the shell.
import { Button, Modal, Progress } from '@mantine/core';
import { useEffect, useState } from 'react';
import type { AuditReport, AuditStatus } from '../../../shared/audit.ts';
import { formatCount, formatDuration, formatRate } from '../../components/format.ts';
import { Note } from '../../components/note.tsx';
import { closeOverlay, perform, useControlRoom, usePending, useSnapshot } from '../../store/index.ts';
import classes from './audit.module.css';
import { Findings } from './findings.tsx';
import { timeLeft } from './time-left.ts';

export function AuditDialog() {
  const opened = useControlRoom((state) => state.overlay?.kind === 'audit');
  return (
    <Modal opened={opened} onClose={closeOverlay} title="Audit" size="min(880px, 94vw)" yOffset="7vh">
      {opened && <Content />}
    </Modal>
  );
}

function Content() {
  const audit = useSnapshot((snapshot) => snapshot.audit);
  return (
    <div className={classes.dialog}>
      <p className={classes.says}>
        Reads the whole table, topic and results anew and compares them, without the live counters. The
        pipeline goes on meanwhile; rows under way are not called missing.
      </p>
      {audit?.state === 'running' ? <Running audit={audit} /> : <Start again={audit !== null} />}
      {audit?.error != null && (
        <Note tone="error" title={audit.error.message}>
          {audit.error.remedy !== undefined && <p>{audit.error.remedy}</p>}
        </Note>
      )}
      {audit?.state === 'cancelled' && <p className={classes.says}>The last audit was cancelled.</p>}
      {audit?.state === 'done' && <Outcome key={audit.id} audit={audit} />}
    </div>
  );
}

function Start({ again }: { again: boolean }) {
  const starting = usePending('ledger.audit');
  const start = () => void perform('ledger.audit', {}, { failed: 'The audit was not started' });
  return (
    <Button
      variant="filled"
      className={classes.start}
      onClick={start}
      aria-busy={starting}
      disabled={starting}
      data-autofocus
    >
      {again ? 'Audit again' : 'Start audit'}
    </Button>
  );
}

function Running({ audit }: { audit: AuditStatus }) {
  const cancelling = usePending('audit.cancel');
  const share = audit.total === 0 ? 0 : (audit.done / audit.total) * 100;
  const cancel = () =>
    void perform('audit.cancel', { id: audit.id }, { done: 'Audit cancelled', failed: 'The audit goes on' });
  return (
    <section className={classes.running} aria-label="Progress">
      <div className={classes.line}>
        <Progress
          value={share}
          size="sm"
          transitionDuration={0}
          className={classes.bar}
          aria-label={`Audit: ${Math.round(share)}% of ${formatCount(audit.total)} rows and records`}
        />
        <Button size="compact-xs" onClick={cancel} loading={cancelling}>
          Cancel audit
        </Button>
      </div>
      <p className={classes.figures}>
        <span>{audit.phase}</span>
        <span>
          <b>{formatCount(audit.done)}</b> of {formatCount(audit.total)}
        </span>
        <span>
          <b>{formatRate(audit.rate)}</b>/s
        </span>
        <span>
          <b>{timeLeft(audit)}</b> left
        </span>
      </p>
    </section>
  );
}

function Outcome({ audit }: { audit: AuditStatus }) {
  const [report, setReport] = useState<AuditReport | null>(null);
  const { id } = audit;
  useEffect(() => {
    let gone = false;
    const how = { failed: 'The report could not be read' };
    void perform('audit.report', { id }, how).then((answer) => {
      if (!gone && answer !== null) setReport(answer);
    });
    return () => {
      gone = true;
    };
  }, [id]);
  const files = audit.report;
  return (
    <section className={classes.outcome} aria-label="Outcome">
      {report === null ? (
        <p className={classes.says}>Reading the report…</p>
      ) : (
        <>
          <Findings report={report} />
          <p className={classes.says}>
            {formatCount(report.table.rows)} rows, {formatCount(report.topic.normal)} events and{' '}
            {formatCount(report.results.compared)} windows in{' '}
            {formatDuration(report.endedAt - report.startedAt)}. Kept in <code>{files?.json}</code> and{' '}
            <code>{files?.page}</code>.
          </p>
          {report.notes.map((note) => (
            <Note key={note} tone="info" title={note} />
          ))}
        </>
      )}
    </section>
  );
}
