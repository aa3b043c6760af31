// The report of an audit as tables on the screen and as a page to print.
import { describe, expect, it } from 'vitest';
import { findingTable, rowOfFinding } from '../../../../src/renderer/panels/audit/finding-rows.ts';
import { AUDIT_FINDINGS, AUDIT_WORDS, AuditReport } from '../../../../src/shared/audit.ts';
import { reportPage } from '../../../../src/shared/audit-page.ts';

const window = {
  query: 'live',
  window: { kind: 'tumbling' as const, start: '2026-11-23T10:00:00.000Z', end: '2026-11-23T10:00:10.000Z' },
  group: { org: '<b>&"' },
};
const figures = { count: 2, sum: '3.00', avg: '1.50', min: '1.00', max: '2.00' };
const content = { org: 'a', amount: '1.00', region: 'r', createdAt: null };
const place = { partition: 1, offset: '7' };

const report = AuditReport.parse({
  id: '2026-11-23T10-00-20-000Z',
  startedAt: Date.UTC(2026, 10, 23, 10, 0, 20),
  endedAt: Date.UTC(2026, 10, 23, 10, 0, 25),
  agree: false,
  table: { rows: 3, ranges: { count: 1, named: [{ from: '1', to: '3', rows: 3 }] }, snapshot: '5:5:' },
  topic: {
    name: 'db_live_events',
    partitions: [{ partition: 0, from: '0', to: '9' }],
    records: 9,
    normal: 9,
    replayed: 0,
    unreadable: 0,
    newer: 0,
  },
  results: { name: 'db_live_results', records: 1, compared: 1, left: 0 },
  waiting: { count: 0, named: [] },
  findings: {
    missing: { count: 2_000, named: [{ id: '11' }] },
    doubled: { count: 1, named: [{ id: '12', places: [place, { partition: 2, offset: '8' }] }] },
    strange: { count: 1, named: [{ id: '13', ...place }] },
    payload: {
      count: 1,
      named: [{ id: '14', ...place, row: content, event: { ...content, amount: '2.00' } }],
    },
    order: { count: 1, named: [{ ...place, position: '6:2', before: '7:3' }] },
    windows: { count: 1, named: [{ ...window, revision: null, expected: figures, found: null }] },
    republished: { count: 1, named: [{ ...window, revision: 1, places: [place, place] }] },
  },
  notes: ['A <note>.'],
  ratePerSecond: 10,
});

describe('findings', () => {
  it('are rows as wide as their head, and name rows for an X-ray', () => {
    for (const kind of AUDIT_FINDINGS) {
      const { head, rows } = findingTable(report, kind);
      expect(rows).toHaveLength(1);
      expect(rows[0]).toHaveLength(head.length);
    }
    expect(findingTable(report, 'doubled').rows).toEqual([['12', '1 : 7, 2 : 8']]);
    expect(rowOfFinding('missing', ['11'])).toBe('11');
    expect(rowOfFinding('windows', ['x'])).toBeNull();
  });
});

describe('the page to print', () => {
  it('names every finding, escapes all of it, and loads nothing', () => {
    const page = reportPage(report);
    for (const kind of AUDIT_FINDINGS) expect(page).toContain(`<h2>${AUDIT_WORDS[kind]}`);
    for (const id of ['11', '12', '13', '14']) expect(page).toContain(`<td>${id}</td>`);
    expect(page).toContain('&lt;b&gt;&amp;&quot;');
    expect(page).toContain('A &lt;note&gt;.');
    expect(page).toContain('The first 1 of 2,000.');
    expect(page).not.toMatch(/<b>&|<script|src=|href=/);
  });
});
