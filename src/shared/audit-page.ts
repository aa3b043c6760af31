// The report of an audit as one page to read and print: no script, nothing loaded from elsewhere. The audit's process
// writes it beside the JSON, the control room prints it. Pure.
import {
  AUDIT_FINDINGS,
  AUDIT_WORDS,
  type AuditFigures,
  type AuditFinding,
  type AuditFindings,
  type AuditReport,
  type AuditWindow,
} from './audit.ts';

const STYLE = `
  @page { margin: 16mm; }
  body { margin: 32px auto; max-width: 900px; color: #16191f; background: #fff; font: 13px/1.5 system-ui, sans-serif; }
  h1 { margin: 0; font-size: 22px; } h2 { margin: 28px 0 8px; font-size: 15px; break-after: avoid; }
  p { margin: 6px 0; } .verdict { font-size: 15px; font-weight: 600; } .ok { color: #136c3a; } .bad { color: #a81e1e; }
  table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
  th, td { padding: 4px 10px 4px 0; border-bottom: 1px solid #d9dde4; text-align: left; vertical-align: top; }
  th { color: #555d6b; font-weight: 500; } td.n { text-align: right; } tr { break-inside: avoid; }
  .dim { color: #555d6b; }`;

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
const whole = (value: number) => value.toLocaleString('en-US');
const moment = (at: number) => new Date(at).toISOString();

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (row: readonly string[], tag: string) =>
    row.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join('');
  const body = rows.map((row) => `<tr>${cells(row, 'td')}</tr>`).join('\n');
  return `<table><thead><tr>${cells(head, 'th')}</tr></thead><tbody>${body}</tbody></table>`;
}

const figures = (of: AuditFigures | null) =>
  of === null
    ? 'nothing'
    : Object.entries(of)
        .map(([name, value]) => `${name} ${value}`)
        .join(', ');
const windowCells = ({ query, window, group }: AuditWindow) => [
  query,
  `${window.start} to ${window.end}`,
  groupText(group),
];
const groupText = ({ org, region }: AuditWindow['group']) =>
  [org, region].filter((name) => name !== undefined).join(' / ');
const placeText = ({ partition, offset }: { partition: number; offset: string }) =>
  `${partition} : ${offset}`;

/** Each kind of finding as a table of its own. */
const TABLES: { [Kind in AuditFinding]: (named: AuditFindings[Kind]['named']) => string } = {
  missing: (named) =>
    table(
      ['id'],
      named.map(({ id }) => [id]),
    ),
  doubled: (named) =>
    table(
      ['id', 'partition : offset of each'],
      named.map(({ id, places }) => [id, places.map(placeText).join(', ')]),
    ),
  strange: (named) =>
    table(
      ['id', 'partition : offset'],
      named.map((one) => [one.id, placeText(one)]),
    ),
  payload: (named) =>
    table(
      ['id', 'partition : offset', 'row', 'event'],
      named.map((one) => [
        one.id,
        placeText(one),
        Object.values(one.row).join(', '),
        Object.values(one.event).join(', '),
      ]),
    ),
  order: (named) =>
    table(
      ['partition : offset', 'position (tx:id)', 'stands after'],
      named.map((one) => [placeText(one), one.position, one.before]),
    ),
  windows: (named) =>
    table(
      ['query', 'window', 'group', 'revision', 'by SQL', 'published'],
      named.map((one) => [
        ...windowCells(one),
        one.revision === null ? '' : String(one.revision),
        figures(one.expected),
        figures(one.found),
      ]),
    ),
  republished: (named) =>
    table(
      ['query', 'window', 'group', 'revision', 'partition : offset of each'],
      named.map((one) => [...windowCells(one), String(one.revision), one.places.map(placeText).join(', ')]),
    ),
};

function section<Kind extends AuditFinding>(kind: Kind, finding: AuditFindings[Kind]): string {
  if (finding.count === 0) return '';
  const { length } = finding.named;
  const more =
    length < finding.count ? `<p class="dim">The first ${whole(length)} of ${whole(finding.count)}.</p>` : '';
  const rows = TABLES[kind] as (named: AuditFindings[Kind]['named']) => string;
  return `<h2>${AUDIT_WORDS[kind]}: ${whole(finding.count)}</h2>${more}${rows(finding.named)}`;
}

function lateRows({ count, named }: AuditReport['results']['late']): string {
  if (count === 0) return '';
  const more =
    named.length < count ? `<p class="dim">The first ${whole(named.length)} of ${whole(count)}.</p>` : '';
  const rows = named.map(({ query, id }) => [query, id]);
  return `<h2>Rows set aside as late: ${whole(count)}</h2>${more}${table(['query', 'id'], rows)}`;
}

/** The page as HTML. */
export function reportPage(report: AuditReport): string {
  const { findings } = report;
  const found = AUDIT_FINDINGS.filter((kind) => findings[kind].count > 0);
  const verdict = report.agree
    ? '<p class="verdict ok">Table, topic and results agree.</p>'
    : `<p class="verdict bad">They do not agree: ${escaped(
        found.map((kind) => `${AUDIT_WORDS[kind].toLowerCase()} ${whole(findings[kind].count)}`).join(', '),
      )}.</p>`;
  const seconds = ((report.endedAt - report.startedAt) / 1000).toFixed(1);
  const facts = [
    ['Rows in the table', whole(report.table.rows)],
    ['Runs of consecutive ids', whole(report.table.ranges.count)],
    ['Snapshot of PostgreSQL', report.table.snapshot],
    [
      `Events in ${report.topic.name}`,
      `${whole(report.topic.normal)} normal, ${whole(report.topic.replayed)} replayed`,
    ],
    [
      'Partitions read',
      report.topic.partitions.map(({ partition, from, to }) => `${partition}: ${from} to ${to}`).join(', '),
    ],
    ['Events newer than the audit', whole(report.topic.newer)],
    ['Rows on their way', whole(report.waiting.count)],
    [`Windows compared, from ${report.results.name}`, whole(report.results.compared)],
    ['Results left out', whole(report.results.left)],
    ['Rows set aside as late, of all queries', whole(report.results.late.count)],
    ['Rows and records per second', whole(report.ratePerSecond)],
    ...AUDIT_FINDINGS.map((kind) => [AUDIT_WORDS[kind], whole(findings[kind].count)]),
  ];
  const ranges = table(
    ['first id', 'last id', 'rows'],
    report.table.ranges.named.map(({ from, to, rows }) => [from, to, whole(rows)]),
  );
  const notes = report.notes.map((note) => `<p>${escaped(note)}</p>`).join('');
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>LiveDB audit ${escaped(report.id)}</title><style>${STYLE}</style></head>
<body>
<h1>LiveDB audit</h1>
<p class="dim">${moment(report.startedAt)} to ${moment(report.endedAt)} (${seconds} s)</p>
${verdict}
${notes}
${table(['what', 'figure'], facts)}
${AUDIT_FINDINGS.map((kind) => section(kind, findings[kind])).join('\n')}
${lateRows(report.results.late)}
<h2>Ids of the table</h2>
${ranges}
</body>
</html>
`;
}
