// A note inside a panel: something is wrong, waits, or wants attention; with its cause and what to do.
import { IconAlertCircle, IconAlertTriangle, IconHourglassHigh, IconInfoCircle } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import styles from './note.module.css';

const ICONS = {
  info: IconInfoCircle,
  waiting: IconHourglassHigh,
  warning: IconAlertCircle,
  error: IconAlertTriangle,
};

export function Note(props: { tone: keyof typeof ICONS; title: ReactNode; children?: ReactNode }) {
  const Icon = ICONS[props.tone];
  return (
    <div className={styles.note} data-tone={props.tone}>
      <Icon size={16} aria-hidden className={styles.icon} />
      <div className={styles.text}>
        <strong>{props.title}</strong>
        {props.children}
      </div>
    </div>
  );
}
