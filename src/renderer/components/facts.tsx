// A short list of names and figures, the figures in one right-hand column.
import { Fragment, memo, type ReactNode } from 'react';
import styles from './facts.module.css';
import type { GlossaryKey } from './glossary.ts';
import { Term } from './term.tsx';

export interface Fact {
  name: string;
  term?: GlossaryKey;
  value: ReactNode;
  tone?: 'ok' | 'warn' | 'bad' | undefined;
}

export const Facts = memo(function Facts({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl className={styles.facts}>
      {facts.map(({ name, term, value, tone }) => (
        <Fragment key={name}>
          <dt>{term === undefined ? name : <Term of={term}>{name}</Term>}</dt>
          <dd className="mono" data-tone={tone}>
            {value}
          </dd>
        </Fragment>
      ))}
    </dl>
  );
});
