// Which connection values hold and where each came from.
import { CopyValue } from '../../components/copy-value.tsx';
import { useSnapshot } from '../../store/index.ts';
import styles from './settings-dialog.module.css';

const FROM = {
  environment: 'environment',
  '.env': '.env file',
  default: 'default',
  embedded: 'embedded',
} as const;

export function Connections() {
  const connections = useSnapshot((snapshot) => snapshot.connections);
  const dataDir = useSnapshot((snapshot) => snapshot.dataDir);
  const version = useSnapshot((snapshot) => snapshot.version);
  const edition = useSnapshot((snapshot) => snapshot.edition);
  return (
    <div className={styles.section}>
      <h3>Connections</h3>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Value</th>
            <th scope="col">From</th>
          </tr>
        </thead>
        <tbody>
          {connections.map(({ name, value, from }) => (
            <tr key={name}>
              <td className="mono">{name}</td>
              <td className="mono" title={value}>
                {value}
              </td>
              <td>{FROM[from]}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className={styles.hint}>
        To use your own database or cluster, set DATABASE_URL (or DB_HOST, DB_PORT, DB_NAME, DB_USER,
        DB_PASSWORD, DB_SSL) and KAFKA_BROKER in the environment, or in a file named .env in the data folder,
        and start LiveDB again. The pipeline does not start by itself on external systems.
      </p>
      <h3>Data folder</h3>
      <CopyValue what="data folder" value={dataDir} />
      <p className={styles.hint}>
        LiveDB {version}, {edition} edition.
      </p>
    </div>
  );
}
