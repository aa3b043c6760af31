// Records that do harm, put on the topic on purpose: such as are no events, and events once more. Part of Kafka's "Break it".
import { Button } from '@mantine/core';
import { IconBiohazard } from '@tabler/icons-react';
import { Confirm } from '../../components/confirm.tsx';
import { formatCount } from '../../components/format.ts';
import { harmTopic } from '../../store/actions.ts';
import { pendingKey, usePartState, usePending } from '../../store/index.ts';
import styles from './station-panel.module.css';

const POISON = 16;
const DOUBLED = 5;

export function HarmTopic() {
  const running = usePartState('kafka') === 'running';
  const busy = usePending(pendingKey('chaos.inject', 'kafka'));
  const disabled = !running || busy;
  return (
    <>
      <div className={styles.breakers}>
        <Button
          aria-label={`Poison the topic with ${POISON} records`}
          leftSection={<IconBiohazard size={14} />}
          disabled={disabled}
          onClick={() => harmTopic('poison', POISON, `${formatCount(POISON)} poison records published`)}
        >
          Poison
        </Button>
        <Confirm
          label="Double events…"
          action={`Publish ${DOUBLED} again`}
          disabled={disabled}
          onConfirm={() => harmTopic('double', DOUBLED, `${formatCount(DOUBLED)} events published once more`)}
        >
          <p>Publishes the newest {DOUBLED} events once more, byte by byte, as a careless producer would.</p>
          <p>
            They are counted twice: the ledger says so, and the results of their windows no longer equal the
            table. Only a reset takes that back.
          </p>
        </Confirm>
      </div>
      <p className={styles.hint}>
        Poison is {POISON} records that are no events: cut off, of the wrong type, huge, empty. The processor
        puts them aside.
      </p>
    </>
  );
}
