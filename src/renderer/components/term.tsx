// A word of the field with its explanation on hover.
import { Tooltip } from '@mantine/core';
import type { ReactNode } from 'react';
import { GLOSSARY, type GlossaryKey } from './glossary.ts';
import styles from './term.module.css';

export function Term({ of, children }: { of: GlossaryKey; children: ReactNode }) {
  return (
    <Tooltip label={GLOSSARY[of]}>
      <span className={styles.term}>{children}</span>
    </Tooltip>
  );
}
