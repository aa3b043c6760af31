// The seed: the file whose rows the writer inserts, over and over.
import { Progress } from '@mantine/core';
import { Facts } from '../../components/facts.tsx';
import { formatCount } from '../../components/format.ts';
import { useCalmSnapshot } from '../../store/index.ts';
import { SeedFileEntry } from './seed-file-entry.tsx';
import styles from './station-panel.module.css';

export function SeedControls() {
  const seed = useCalmSnapshot((snapshot) => snapshot.stages.writer.seed);
  return (
    <>
      <div className={styles.title}>
        <h2>Seed</h2>
      </div>
      <p className={styles.hint}>
        A CSV or JSON file with org, amount and region. The writer goes through it from top to bottom for
        ever, and keeps its place when it is restarted.
      </p>
      <SeedFileEntry />
      {seed !== null && (
        <div className={styles.field}>
          <span>
            Row {formatCount(seed.position)} of {formatCount(seed.rows)}
          </span>
          <Progress
            size="xs"
            transitionDuration={0}
            value={(seed.position / Math.max(1, seed.rows)) * 100}
            aria-label="Place in the seed"
          />
        </div>
      )}
      <Facts
        facts={[
          { name: 'Rows', value: formatCount(seed?.rows ?? null) },
          { name: 'Laps finished', term: 'lap', value: formatCount(seed?.lap ?? null) },
        ]}
      />
      {seed !== null && <p className={`mono ${styles.hint}`}>{seed.file}</p>}
    </>
  );
}
