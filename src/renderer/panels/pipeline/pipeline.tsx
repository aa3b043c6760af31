// The pipeline itself: seven stations and the flows between them.
import { Fragment } from 'react';
import { STATIONS } from '../../store/index.ts';
import { Flow } from './flow.tsx';
import { FLOWS } from './flows.ts';
import styles from './pipeline.module.css';
import { STATION_CARDS } from './station-cards.tsx';

export function Pipeline() {
  return (
    <section className={styles.strip} aria-label="Pipeline">
      {STATIONS.map((station, index) => {
        const Card = STATION_CARDS[station];
        const flow = FLOWS[index - 1];
        return (
          <Fragment key={station}>
            {flow !== undefined && <Flow {...flow} />}
            <Card />
          </Fragment>
        );
      })}
    </section>
  );
}
