// What stands in the page's place as long as there is nothing to show: connecting, unreachable, or not let in.
import { Button, Loader } from '@mantine/core';
import { IconLock, IconPlugConnectedX, IconRefreshAlert } from '@tabler/icons-react';
import { useControlRoom } from '../../store/index.ts';
import styles from './connection.module.css';

export function Welcome() {
  const connection = useControlRoom((state) => state.connection);
  return (
    <main className={styles.welcome}>
      <h1>LiveDB</h1>
      {connection === 'refused' ? (
        <div className={styles.card} role="alert">
          <IconLock size={22} aria-hidden />
          <h2>This page has no valid key</h2>
          <p>
            LiveDB makes a new key each time it starts, and hands it over in the address that it prints. This
            page was opened without one, or with one from an earlier start.
          </p>
          <p>
            Open the address that LiveDB printed last. If you do not have it, stop LiveDB and run npm start
            again.
          </p>
        </div>
      ) : connection === 'mismatch' ? (
        <div className={styles.card} role="alert">
          <IconRefreshAlert size={22} aria-hidden />
          <h2>This page is of another version than LiveDB</h2>
          <p>LiveDB was updated while the page was open, or the browser kept an old page.</p>
          <Button mt={12} variant="filled" onClick={() => window.location.reload()}>
            Reload the page
          </Button>
        </div>
      ) : connection === 'disconnected' ? (
        <div className={styles.card} role="alert">
          <IconPlugConnectedX size={22} aria-hidden />
          <h2>LiveDB does not answer</h2>
          <p>The control plane behind this page is not running, or is just being started.</p>
          <p>This page connects by itself as soon as it can. To start LiveDB, run npm start.</p>
        </div>
      ) : (
        <p className={styles.connecting} role="status">
          <Loader size={16} /> Connecting to the control plane
        </p>
      )}
    </main>
  );
}
