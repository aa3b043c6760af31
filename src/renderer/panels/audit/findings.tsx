// What an audit found: the verdict, each kind with its count, the named cases of one kind, and the report to save or print.
import { Button } from '@mantine/core';
import {
  IconAlertTriangleFilled,
  IconCircleCheckFilled,
  IconDownload,
  IconPrinter,
} from '@tabler/icons-react';
import { useState } from 'react';
import { AUDIT_FINDINGS, AUDIT_WORDS, type AuditFinding, type AuditReport } from '../../../shared/audit.ts';
import { formatCount } from '../../components/format.ts';
import { openOverlay } from '../../store/index.ts';
import classes from './audit.module.css';
import { findingTable, rowOfFinding } from './finding-rows.ts';
import { printReport, saveReport } from './report-files.ts';

export function Findings({ report }: { report: AuditReport }) {
  const found = AUDIT_FINDINGS.filter((kind) => report.findings[kind].count > 0);
  const [chosen, setChosen] = useState<AuditFinding | null>(found[0] ?? null);
  const Icon = report.agree ? IconCircleCheckFilled : IconAlertTriangleFilled;
  return (
    <>
      <div className={classes.head}>
        <p className={classes.verdict} data-agree={report.agree}>
          <Icon size={16} aria-hidden />
          {report.agree ? 'Table, topic and results agree.' : 'Table, topic and results do not agree.'}
        </p>
        <Button leftSection={<IconDownload size={14} />} onClick={() => saveReport(report)}>
          Save JSON
        </Button>
        <Button leftSection={<IconPrinter size={14} />} onClick={() => printReport(report)}>
          Print…
        </Button>
      </div>
      <ul className={classes.kinds} aria-label="Findings">
        {AUDIT_FINDINGS.map((kind) => {
          const { count } = report.findings[kind];
          return (
            <li key={kind}>
              <button
                type="button"
                disabled={count === 0}
                aria-pressed={kind === chosen}
                data-found={count > 0}
                onClick={() => setChosen(kind)}
              >
                <span>{AUDIT_WORDS[kind]}</span>
                <b className="mono">{formatCount(count)}</b>
              </button>
            </li>
          );
        })}
      </ul>
      {chosen !== null && <Cases report={report} kind={chosen} />}
      {report.notes.map((note) => (
        <p key={note} className={classes.says}>
          {note}
        </p>
      ))}
    </>
  );
}

function Cases({ report, kind }: { report: AuditReport; kind: AuditFinding }) {
  const { head, rows } = findingTable(report, kind);
  const { count } = report.findings[kind];
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a long table is scrolled with the keys */}
      <section className={classes.tableBox} tabIndex={0} aria-label={AUDIT_WORDS[kind]}>
        <table className={classes.table}>
          <thead>
            <tr>
              {head.map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => {
              const id = rowOfFinding(kind, row);
              return (
                <tr key={row.join('|')}>
                  {row.map((cell, column) => (
                    <td key={head[column]}>
                      {column === 0 && id !== null ? (
                        <button
                          type="button"
                          className={classes.link}
                          aria-label={`X-ray row ${id}`}
                          onClick={() => openOverlay({ kind: 'xray', id })}
                        >
                          {cell}
                        </button>
                      ) : (
                        cell
                      )}
                    </td>
                  ))}
                </tr>
              );
            })}
          </tbody>
        </table>
      </section>
      {rows.length < count && (
        <p className={classes.says}>
          The first {formatCount(rows.length)} of {formatCount(count)}.
        </p>
      )}
    </>
  );
}
