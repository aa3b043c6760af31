// The head of the page: where it runs, the ledger line, and the commands for the whole pipeline.
import { ActionIcon, Button, Kbd, Tooltip, VisuallyHidden } from '@mantine/core';
import {
  IconHistory,
  IconPlayerPlayFilled,
  IconPlayerStopFilled,
  IconSearch,
  IconSettings,
  IconStack2,
} from '@tabler/icons-react';
import { MOD } from '../../keyboard/shortcuts.ts';
import { startAll, stopAll } from '../../store/actions.ts';
import { openOverlay, useIsPast, usePending, useSnapshot, wholePipeline } from '../../store/index.ts';
import { LedgerLine } from './ledger-line.tsx';
import styles from './top-bar.module.css';

export function TopBar() {
  return (
    <section className={styles.bar} aria-label="Head">
      <h1 className={styles.brand}>LiveDB</h1>
      <Place />
      <LedgerLine />
      <div className={styles.actions}>
        <Button
          leftSection={<IconHistory size={14} />}
          onClick={() => openOverlay({ kind: 'replay', stage: 'processor' })}
        >
          Replay…
        </Button>
        <Button leftSection={<IconStack2 size={14} />} onClick={() => openOverlay({ kind: 'topics' })}>
          Topics
        </Button>
        <Button leftSection={<IconSearch size={14} />} onClick={() => openOverlay({ kind: 'palette' })}>
          <VisuallyHidden>Command palette</VisuallyHidden>
          <Kbd size="xs">{MOD} K</Kbd>
        </Button>
        <Tooltip label="Settings">
          <ActionIcon size={30} aria-label="Settings" onClick={() => openOverlay({ kind: 'settings' })}>
            <IconSettings size={16} />
          </ActionIcon>
        </Tooltip>
        <StartStopAll />
      </div>
    </section>
  );
}

function Place() {
  const postgres = useSnapshot((snapshot) => snapshot.services.postgres.kind);
  const kafka = useSnapshot((snapshot) => snapshot.services.kafka.kind);
  const dataDir = useSnapshot((snapshot) => snapshot.dataDir);
  const external = [
    postgres === 'external' && 'your PostgreSQL',
    kafka === 'external' && 'your Kafka',
  ].filter((name) => name !== false);
  return (
    <Tooltip label={`Everything is kept in ${dataDir}`}>
      <span className={styles.place}>
        {external.length === 0 ? 'Embedded · this machine' : `On ${external.join(' and ')}`}
      </span>
    </Tooltip>
  );
}

/** Start all as long as something is down, Stop all once every stage runs. */
function StartStopAll() {
  const runs = useSnapshot((snapshot) => !wholePipeline(snapshot).canStart);
  const starting = usePending('pipeline.start');
  const stopping = usePending('pipeline.stop');
  const past = useIsPast();
  if (runs && !starting) {
    return (
      <Button
        w={98}
        px={8}
        variant="default"
        leftSection={<IconPlayerStopFilled size={13} />}
        aria-busy={stopping}
        disabled={past || stopping}
        onClick={stopAll}
      >
        {stopping ? 'Stopping' : 'Stop all'}
      </Button>
    );
  }
  return (
    <Button
      w={98}
      px={8}
      variant="filled"
      leftSection={<IconPlayerPlayFilled size={13} />}
      aria-busy={starting}
      disabled={past || starting}
      onClick={startAll}
    >
      {starting ? 'Starting' : 'Start all'}
    </Button>
  );
}
