// Notices under the head of the page: the line is down, the database lacks something, or nothing has ever run.
import { Button } from '@mantine/core';
import { IconDatabaseExclamation, IconPlayerPlayFilled, IconPlugConnectedX } from '@tabler/icons-react';
import { useState } from 'react';
import type { ConnectionState } from '../../../shared/bridge.ts';
import { formatDuration, formatTime } from '../../components/format.ts';
import { useNow } from '../../components/use-now.ts';
import { PrepareDatabase } from '../../later.tsx';
import { startAll } from '../../store/actions.ts';
import { useControlRoom, useSnapshot } from '../../store/index.ts';
import styles from './connection.module.css';

export function Notices() {
  return (
    <section className={styles.notices} aria-label="Notices">
      <LostLine />
      <SchemaProposal />
      <FirstStart />
    </section>
  );
}

function LostLine() {
  const connection = useControlRoom((state) => state.connection);
  const lostSince = useControlRoom((state) => state.lostSince);
  return lostSince === null ? null : <Lost connection={connection} since={lostSince} />;
}

/** Mounted only while the line is down: no figure of it is looked at before. */
function Lost({ connection, since }: { connection: ConnectionState; since: number }) {
  const at = useSnapshot((snapshot) => snapshot.at);
  const now = useNow();
  const waited = formatDuration(Math.max(0, now - since));
  const [title, text] =
    connection === 'refused'
      ? ['LiveDB was started again with a new key.', 'Open the address that it printed.']
      : connection === 'mismatch'
        ? ['LiveDB was updated.', 'This page is of another version.']
        : ['Connection lost.', `Reconnecting since ${waited}; the figures are those of ${formatTime(at)}.`];
  return (
    <div className={styles.notice} data-tone="bad" role="alert">
      <IconPlugConnectedX size={16} aria-hidden />
      <strong>{title}</strong>
      <span>{text}</span>
      {connection === 'mismatch' && (
        <Button size="compact-xs" onClick={() => window.location.reload()}>
          Reload the page
        </Button>
      )}
    </div>
  );
}

function SchemaProposal() {
  const sql = useSnapshot((snapshot) => snapshot.schemaProposal);
  const [opened, setOpened] = useState(false);
  if (sql === null) return null;
  return (
    <div className={styles.notice} data-tone="warn">
      <IconDatabaseExclamation size={16} aria-hidden />
      <strong>Your database lacks what LiveDB would add.</strong>
      <span>Nothing is changed without your word.</span>
      <Button size="compact-xs" onClick={() => setOpened(true)}>
        Show the SQL
      </Button>
      <PrepareDatabase sql={sql} opened={opened} onClose={() => setOpened(false)} />
    </div>
  );
}

function FirstStart() {
  const fresh = useSnapshot(
    ({ stages, services }) =>
      stages.writer.state === 'stopped' &&
      stages.writer.rows === 0 &&
      stages.processor.events === 0 &&
      (services.postgres.rows ?? 0) === 0,
  );
  if (!fresh) return null;
  return (
    <div className={styles.notice} data-tone="accent">
      <IconPlayerPlayFilled size={14} aria-hidden />
      <strong>Nothing has run yet.</strong>
      <span>
        Start all: rows go from the seed into PostgreSQL, as events through Kafka, into windows and onto these
        charts.
      </span>
      <Button size="compact-xs" onClick={startAll}>
        Start all now
      </Button>
    </div>
  );
}
