// The dialog "Prepare the database": the SQL that LiveDB would run on a foreign database, and the word for it. Opened by
// notices.tsx.
import { Button, Modal } from '@mantine/core';
import { perform, usePending } from '../../store/index.ts';
import styles from './connection.module.css';

export function PrepareDatabase({
  sql,
  opened,
  onClose,
}: {
  sql: string;
  opened: boolean;
  onClose: () => void;
}) {
  const busy = usePending('database.prepare');
  const run = async () => {
    const how = { done: 'The database was prepared', failed: 'The database was not changed' };
    if ((await perform('database.prepare', { confirm: true }, how)) !== null) onClose();
  };
  return (
    <Modal opened={opened} onClose={onClose} title="Prepare the database" size={680}>
      <p className={styles.explain}>
        LiveDB would run this, in one transaction, with the rights of the user it is connected as:
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard. */}
      <pre className={`mono ${styles.sql}`} tabIndex={0}>
        {sql}
      </pre>
      <div className={styles.row}>
        <Button onClick={onClose}>Not now</Button>
        <Button variant="filled" disabled={busy} aria-busy={busy} onClick={() => void run()}>
          Run this SQL
        </Button>
      </div>
    </Modal>
  );
}
