// A part of a station's panel that is folded away until it is wanted; what is set in it is said on its head.
import { IconChevronRight } from '@tabler/icons-react';
import { type ReactNode, useId, useState } from 'react';
import styles from './fold.module.css';

interface Props {
  title: string;
  /** What is on inside; empty when nothing is. */
  says: string;
  children: ReactNode;
}

export function Fold({ title, says, children }: Props) {
  const [open, setOpen] = useState(false);
  const id = useId();
  return (
    <section className={styles.fold} data-on={says !== ''}>
      <h3>
        <button type="button" aria-expanded={open} aria-controls={id} onClick={() => setOpen(!open)}>
          <IconChevronRight size={14} aria-hidden="true" className={styles.mark} data-open={open} />
          <span>{title}</span>
          <span className={styles.says}>{says === '' ? 'off' : says}</span>
        </button>
      </h3>
      <div id={id} className={styles.body} hidden={!open}>
        {open && children}
      </div>
    </section>
  );
}
