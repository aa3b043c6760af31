import { describe, expect, it } from 'vitest';
import { AGGREGATES, DEFAULT_QUERY } from '../../../src/shared/query.ts';
import { querySql, queryStatements, sqlNotes } from '../../../src/shared/query-sql.ts';

const insertOf = (change: object) => queryStatements({ ...DEFAULT_QUERY, ...change }).at(-1) ?? '';

describe('SQL of a query', () => {
  it('is what Flink runs: settings, source with its watermark, sink, and the query', () => {
    const sql = querySql(DEFAULT_QUERY);
    expect(sql).toContain("SET 'table.exec.source.idle-timeout' = '3000 ms';");
    expect(sql).toContain("WATERMARK FOR ts AS ts - INTERVAL '2' SECOND\n");
    expect(sql).toContain("'topic' = 'db_live_events'");
    expect(sql).toMatch(/;\n$/);
    expect(insertOf({})).toBe(`INSERT INTO \`flink_results\`
SELECT window_start, window_end, org, COUNT(*), SUM(amount), AVG(amount), MIN(amount), MAX(amount), PERCENTILE(amount, 0.5), PERCENTILE(amount, 0.95), PERCENTILE(amount, 0.99)
FROM TABLE(
  TUMBLE(TABLE \`db_live_events\`, DESCRIPTOR(ts), INTERVAL '10' SECOND)
)
WHERE \`mode\` = 'normal'
GROUP BY window_start, window_end, org`);
  });

  it('has a column in the sink for each group and aggregate, in the order of the SELECT', () => {
    const statements = queryStatements({
      ...DEFAULT_QUERY,
      groupBy: ['org', 'region'],
      aggregates: [...AGGREGATES],
    });
    const sink = statements.at(-2) ?? '';
    const columns = [...sink.matchAll(/^ {2}(\w+) [A-Z]/gm)].map(([, name]) => name);
    expect(columns).toEqual(
      'window_start window_end org region n total mean least most p50 p95 p99 distinct_orgs'.split(' '),
    );
    const selected = /SELECT ([^\n]+)/.exec(statements.at(-1) ?? '')?.[1]?.split(/, (?![^(]*\))/);
    expect(selected).toHaveLength(columns.length);
  });

  it('writes hopping windows and sessions, with filters where they belong', () => {
    expect(insertOf({ window: { kind: 'hopping', sizeMs: 60_000, slideMs: 2_500 }, groupBy: [] })).toContain(
      "HOP(TABLE `db_live_events`, DESCRIPTOR(ts), INTERVAL '2.500' SECOND(2, 3), INTERVAL '1' MINUTE)",
    );
    const filter = {
      ...DEFAULT_QUERY.filter,
      orgs: ["it's"],
      minAmount: '10.50',
      modes: ['normal', 'replay'],
    };
    const session = insertOf({ window: { kind: 'session', gapMs: 100 }, groupBy: ['org', 'region'], filter });
    // Events that do not count must not keep a session open.
    expect(session).toContain("WHERE org IN ('it''s') AND amount >= 10.50");
    expect(session.indexOf('WHERE')).toBeLessThan(session.indexOf('DESCRIPTOR'));
    expect(session).toContain('PARTITION BY (org, region)');
    expect(session).toContain("INTERVAL '0.100' SECOND(2, 3)");
  });

  it('says what Flink does otherwise', () => {
    expect(sqlNotes({ ...DEFAULT_QUERY, allowedLatenessMs: 0, aggregates: ['count'] })).toEqual([]);
    expect(sqlNotes(DEFAULT_QUERY)).toHaveLength(3);
    const distinct = { ...DEFAULT_QUERY, aggregates: ['distinctOrgs' as const], allowedLatenessMs: 0 };
    expect(sqlNotes(distinct)).toEqual([]);
    expect(sqlNotes({ ...distinct, groupBy: [] })).toEqual([expect.stringContaining('100,001')]);
  });
});
