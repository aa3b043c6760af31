// A button that says what it will do, and does it only after a second press. For what cannot be undone by one click.
import { Button, Group, Popover } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import styles from './confirm.module.css';

interface Props {
  /** On the button that asks. */
  label: ReactNode;
  /** Its accessible name, where the label alone does not say to what. */
  name?: string;
  /** On the button that does it. */
  action: string;
  /** What it will do. */
  children: ReactNode;
  /** What it destroys is shown in red. */
  danger?: boolean;
  disabled?: boolean;
  busy?: boolean;
  /** `compact`: for rows of a table. */
  size?: 'xs' | 'compact-xs';
  onConfirm: () => void;
}

export function Confirm(props: Props) {
  const { label, name, action, children, danger = false, disabled = false, busy = false, onConfirm } = props;
  const [opened, setOpened] = useState(false);
  const close = () => setOpened(false);
  return (
    <Popover
      opened={opened}
      onChange={setOpened}
      position="top"
      trapFocus
      returnFocus
      withinPortal
      width={320}
    >
      <Popover.Target>
        <Button
          size={props.size ?? 'xs'}
          aria-label={name}
          disabled={disabled}
          loading={busy}
          onClick={() => setOpened(!opened)}
        >
          {label}
        </Button>
      </Popover.Target>
      {/* A dialog behind it must not take the Escape that is meant for this. */}
      <Popover.Dropdown aria-label={name ?? action} data-mantine-stop-propagation="true">
        <div className={styles.says}>{children}</div>
        <Group justify="flex-end" gap={8} mt={12}>
          <Button data-autofocus data-mantine-stop-propagation="true" onClick={close}>
            Cancel
          </Button>
          <Button
            variant="filled"
            data-mantine-stop-propagation="true"
            {...(danger ? { color: 'red' } : {})}
            onClick={() => {
              close();
              onConfirm();
            }}
          >
            {action}
          </Button>
        </Group>
      </Popover.Dropdown>
    </Popover>
  );
}
