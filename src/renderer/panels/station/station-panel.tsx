// The side panel: everything that can be seen of and done to the selected station.
import type { ComponentType } from 'react';
import {
  KafkaControls,
  PostgresControls,
  ProcessorControls,
  ProducerControls,
  ResultsControls,
  SeedControls,
} from '../../later.tsx';
import { type Station, useControlRoom, useIsPast } from '../../store/index.ts';
import styles from './station-panel.module.css';
import { WriterControls } from './writer-controls.tsx';

const CONTROLS = {
  seed: { title: 'Seed', Controls: SeedControls },
  writer: { title: 'Writer', Controls: WriterControls },
  postgres: { title: 'PostgreSQL', Controls: PostgresControls },
  producer: { title: 'Producer', Controls: ProducerControls },
  kafka: { title: 'Kafka', Controls: KafkaControls },
  processor: { title: 'Processor', Controls: ProcessorControls },
  results: { title: 'Results', Controls: ResultsControls },
} satisfies Record<Station, { title: string; Controls: ComponentType }>;

export function StationPanel() {
  const selected = useControlRoom((state) => state.selected);
  const { title, Controls } = CONTROLS[selected];
  const past = useIsPast();
  return (
    // A scrolling region must be reachable by keyboard; its fields are, unless they are disabled.
    <aside className={styles.panel} aria-label={`${title} controls`} tabIndex={past ? 0 : undefined}>
      {/* Nothing can be done to the past: the browser itself refuses every button and field in here. */}
      <fieldset className={styles.fields} disabled={past} aria-label={`${title} settings`}>
        <Controls key={selected} />
      </fieldset>
    </aside>
  );
}
