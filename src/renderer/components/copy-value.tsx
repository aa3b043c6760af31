// A value of data (an address, a path) in mono with a button that copies it.
import { ActionIcon, Tooltip } from '@mantine/core';
import { IconCopy } from '@tabler/icons-react';
import { copyText } from '../store/actions.ts';
import styles from './copy-value.module.css';

export function CopyValue(props: { what: string; value: string | null; shown?: string }) {
  const { what, value } = props;
  return (
    <div className={styles.copy}>
      <span className={`mono ${styles.value}`} title={props.shown ?? value ?? undefined}>
        {props.shown ?? value ?? 'not running'}
      </span>
      <Tooltip label={`Copy ${what}`}>
        <ActionIcon
          size={26}
          aria-label={`Copy ${what}`}
          disabled={value === null}
          onClick={() => value !== null && void copyText(value, `${what[0]?.toUpperCase()}${what.slice(1)}`)}
        >
          <IconCopy size={14} />
        </ActionIcon>
      </Tooltip>
    </div>
  );
}
