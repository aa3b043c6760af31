// PostgreSQL: how to reach it from outside, its version, and what stands in it.
import { CopyValue } from '../../components/copy-value.tsx';
import { Facts } from '../../components/facts.tsx';
import { formatCount } from '../../components/format.ts';
import { Calm } from '../../components/live.tsx';
import { useSnapshot } from '../../store/index.ts';
import { StationFrame } from './station-frame.tsx';
import styles from './station-panel.module.css';

export function PostgresControls() {
  const kind = useSnapshot((snapshot) => snapshot.services.postgres.kind);
  const url = useSnapshot((snapshot) => snapshot.services.postgres.url);
  const version = useSnapshot((snapshot) => snapshot.services.postgres.version);
  return (
    <StationFrame part="postgres" external={kind === 'external'}>
      <div className={styles.field}>
        <span>Address</span>
        <CopyValue what="PostgreSQL address" value={url} shown={maskPassword(url)} />
      </div>
      <Facts
        facts={[
          { name: 'Kind', value: kind },
          { name: 'Version', value: version ?? '–' },
          {
            name: 'Rows in livedb',
            value: <Calm read={({ services }) => formatCount(services.postgres.rows)} />,
          },
        ]}
      />
      <p className={styles.hint}>
        Look for yourself with psql: the copied address holds user and password. Rows that you insert into the
        table <span className="mono">livedb</span> are captured like the writer's own.
      </p>
    </StationFrame>
  );
}

/** What is shown of an address: everything but the password, which is copied but need not be on screen. */
export function maskPassword(url: string | null): string | undefined {
  return url?.replace(/^(\w+:\/\/[^:@/]+):[^@]+@/, '$1:••••@');
}
