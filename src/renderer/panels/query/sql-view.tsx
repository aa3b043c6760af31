// The SQL that real Flink would run for the query of the form, beside it, as one types: the query itself, and folded
// away the tables that it reads and writes.
import { Button } from '@mantine/core';
import { useMemo } from 'react';
import type { QuerySpec } from '../../../shared/query.ts';
import { queryStatements, sqlNotes } from '../../../shared/query-sql.ts';
import { copyText } from '../../store/actions.ts';
import { useSnapshot } from '../../store/index.ts';
import classes from './query.module.css';

/** `faulty`: the form holds something that is no query; `spec` is the last one that was. */
export function SqlView({ spec, faulty }: { spec: QuerySpec; faulty: boolean }) {
  const bootstrap = useSnapshot((snapshot) => snapshot.services.kafka.bootstrap);
  const topic = useSnapshot((snapshot) => snapshot.services.kafka.topic);
  const statements = useMemo(
    () => queryStatements(spec, { topic, ...(bootstrap === null ? {} : { bootstrap }) }),
    [spec, topic, bootstrap],
  );
  const query = statements[statements.length - 1] ?? '';
  const before = statements.slice(0, -1);
  return (
    <section className={classes.box} aria-label="SQL for Flink" data-stale={faulty || undefined}>
      <div className={classes.boxHead}>
        <h3>SQL for Flink</h3>
        <span className={classes.says}>{faulty ? 'of the last draft without a fault' : ''}</span>
        <Button
          size="compact-xs"
          onClick={() => void copyText(statements.map((one) => `${one};\n`).join('\n'), 'SQL')}
        >
          Copy SQL
        </Button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard. */}
      <pre className={`mono ${classes.sql}`} tabIndex={0}>
        {`${query};`}
      </pre>
      <details className={classes.more}>
        <summary>Settings and tables that go before it</summary>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard. */}
        <pre className={`mono ${classes.sql}`} tabIndex={0}>
          {before.map((one) => `${one};`).join('\n\n')}
        </pre>
      </details>
      <Notes notes={sqlNotes(spec)} />
    </section>
  );
}

function Notes({ notes }: { notes: readonly string[] }) {
  if (notes.length === 0) return null;
  return (
    <details className={classes.more}>
      <summary>
        {notes.length === 1
          ? 'One thing Flink does otherwise'
          : `${notes.length} things Flink does otherwise`}
      </summary>
      <ul>
        {notes.map((note) => (
          <li key={note}>{note}</li>
        ))}
      </ul>
    </details>
  );
}
