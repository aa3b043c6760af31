// Kafka: how to reach it from outside, and the topics that the pipeline uses.
import { Button } from '@mantine/core';
import { CopyValue } from '../../components/copy-value.tsx';
import { Facts } from '../../components/facts.tsx';
import { formatBytes, formatCount } from '../../components/format.ts';
import { Term } from '../../components/term.tsx';
import { openOverlay, useSnapshot } from '../../store/index.ts';
import { StationFrame } from './station-frame.tsx';
import styles from './station-panel.module.css';

export function KafkaControls() {
  const kafka = useSnapshot((snapshot) => snapshot.services.kafka);
  return (
    <StationFrame part="kafka" external={kafka.kind === 'external'}>
      <div className={styles.field}>
        <span>
          <Term of="bootstrap">Bootstrap servers</Term>
        </span>
        <CopyValue what="bootstrap servers" value={kafka.bootstrap} />
      </div>
      <Facts
        facts={[
          { name: 'Kind', value: kafka.kind },
          { name: 'Topic', value: kafka.topic },
          { name: 'Partitions', term: 'partition', value: formatCount(kafka.partitions) },
          { name: 'On disk', value: formatBytes(kafka.bytes) },
        ]}
      />
      <div className={styles.row}>
        <Button onClick={() => openOverlay({ kind: 'topics' })}>Look into the topics</Button>
      </div>
      <p className={styles.hint}>
        Any Kafka client can read along, for example{' '}
        <span className="mono">
          kcat -b {kafka.bootstrap ?? 'HOST:PORT'} -C -t {kafka.topic}
        </span>
      </p>
    </StationFrame>
  );
}
