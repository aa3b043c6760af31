// A word of the field with its explanation on hover.
import { Tooltip } from '@mantine/core';
import { memo, type ReactNode } from 'react';
import { GLOSSARY, type GlossaryKey } from './glossary.ts';
import styles from './term.module.css';

/** Memoised for the many whose child is a word or never changes: a tooltip costs far more than what it explains. */
export const Term = memo(function Term({ of, children }: { of: GlossaryKey; children: ReactNode }) {
  return (
    <Tooltip label={GLOSSARY[of]}>
      <span className={styles.term}>{children}</span>
    </Tooltip>
  );
});
