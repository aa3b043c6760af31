// Findings of an audit as rows of a table for a person. Pure; shown by findings.tsx.
import type {
  AuditFigures,
  AuditFinding,
  AuditFindings,
  AuditReport,
  AuditWindow,
} from '../../../shared/audit.ts';

export interface FindingTable {
  head: readonly string[];
  rows: readonly (readonly string[])[];
}

const place = ({ partition, offset }: { partition: number; offset: string }) => `${partition} : ${offset}`;
const places = (all: readonly { partition: number; offset: string }[]) => all.map(place).join(', ');
const figures = (of: AuditFigures | null) =>
  of === null ? 'nothing' : `${of.count} rows${of.sum === undefined ? '' : `, sum ${of.sum}`}`;
const window = ({ query, window: { start, end }, group }: AuditWindow) => [
  query,
  `${start.slice(0, 19)} – ${end.slice(11, 19)}`,
  [group.org, group.region].filter((name) => name !== undefined).join(' / '),
];

const TABLES: {
  [Kind in AuditFinding]: {
    head: readonly string[];
    row: (one: AuditFindings[Kind]['named'][number]) => string[];
  };
} = {
  missing: { head: ['Row'], row: ({ id }) => [id] },
  doubled: { head: ['Row', 'Partition : offset'], row: (one) => [one.id, places(one.places)] },
  strange: { head: ['Row', 'Partition : offset'], row: (one) => [one.id, place(one)] },
  payload: {
    head: ['Row', 'Partition : offset', 'In the table', 'In the event'],
    row: (one) => [one.id, place(one), contentOf(one.row), contentOf(one.event)],
  },
  order: {
    head: ['Partition : offset', 'Position', 'Stands after'],
    row: (one) => [place(one), one.position, one.before],
  },
  windows: {
    head: ['Query', 'Window (UTC)', 'Group', 'By SQL', 'Published'],
    row: (one) => [...window(one), figures(one.expected), figures(one.found)],
  },
  republished: {
    head: ['Query', 'Window (UTC)', 'Group', 'Revision', 'Partition : offset'],
    row: (one) => [...window(one), String(one.revision), places(one.places)],
  },
};

function contentOf(content: AuditFindings['payload']['named'][number]['row']): string {
  return [content.org, content.amount, content.region, content.createdAt ?? 'no time'].join(', ');
}

export function findingTable<Kind extends AuditFinding>(report: AuditReport, kind: Kind): FindingTable {
  const { head, row } = TABLES[kind];
  const named: readonly AuditFindings[Kind]['named'][number][] = report.findings[kind].named;
  return { head, rows: named.map(row) };
}

/** The row that a finding names, for its X-ray; null for windows. */
export function rowOfFinding(kind: AuditFinding, row: readonly string[]): string | null {
  return kind === 'missing' || kind === 'doubled' || kind === 'strange' || kind === 'payload'
    ? (row[0] ?? null)
    : null;
}
