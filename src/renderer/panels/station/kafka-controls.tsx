// Kafka: how to reach it from outside, and the topics that the pipeline uses.
import { Button } from '@mantine/core';
import { CopyValue } from '../../components/copy-value.tsx';
import { Facts } from '../../components/facts.tsx';
import { formatBytes, formatCount } from '../../components/format.ts';
import { Calm } from '../../components/live.tsx';
import { Term } from '../../components/term.tsx';
import { openOverlay, useSnapshot } from '../../store/index.ts';
import { StationFrame } from './station-frame.tsx';
import styles from './station-panel.module.css';

export function KafkaControls() {
  const kind = useSnapshot((snapshot) => snapshot.services.kafka.kind);
  const topic = useSnapshot((snapshot) => snapshot.services.kafka.topic);
  const bootstrap = useSnapshot((snapshot) => snapshot.services.kafka.bootstrap);
  return (
    <StationFrame part="kafka" external={kind === 'external'}>
      <div className={styles.field}>
        <span>
          <Term of="bootstrap">Bootstrap servers</Term>
        </span>
        <CopyValue what="bootstrap servers" value={bootstrap} />
      </div>
      <Facts
        facts={[
          { name: 'Kind', value: kind },
          { name: 'Topic', value: topic },
          {
            name: 'Partitions',
            term: 'partition',
            value: <Calm read={({ services }) => formatCount(services.kafka.partitions)} />,
          },
          { name: 'On disk', value: <Calm read={({ services }) => formatBytes(services.kafka.bytes)} /> },
        ]}
      />
      <div className={styles.row}>
        <Button onClick={() => openOverlay({ kind: 'topics' })}>Look into the topics</Button>
      </div>
      <p className={styles.hint}>
        Any Kafka client can read along, for example{' '}
        <span className="mono">
          kcat -b {bootstrap ?? 'HOST:PORT'} -C -t {topic}
        </span>
      </p>
    </StationFrame>
  );
}
