// Event time partition by partition: where each watermark stands, which one holds the query back, which are left out.
import { IconPlayerPause } from '@tabler/icons-react';
import type { PartitionTime } from '../../../shared/states.ts';
import { formatCount, formatLag, formatTime, NONE } from '../../components/format.ts';
import { Term } from '../../components/term.tsx';
import { useNow } from '../../components/use-now.ts';
import { holdsBack, unread } from './event-time.ts';
import classes from './states.module.css';

interface Props {
  partitions: readonly PartitionTime[];
  /** In a side panel. */
  narrow?: boolean;
}

export function Watermarks({ partitions, narrow = false }: Props) {
  const now = useNow();
  const slowest = holdsBack(partitions);
  if (partitions.length === 0) return <p className={classes.says}>No partition is read yet.</p>;
  return (
    <table className={classes.table}>
      <caption>
        <Term of="watermark">Watermark</Term> of each partition
      </caption>
      <thead>
        <tr>
          <th scope="col">Partition</th>
          <th scope="col">Watermark</th>
          <th scope="col">Behind</th>
          {!narrow && <th scope="col">Offset</th>}
          {!narrow && <th scope="col">Unread</th>}
          <th scope="col">State</th>
        </tr>
      </thead>
      <tbody>
        {partitions.map((one) => (
          <tr key={one.partition} data-idle={one.idle || undefined}>
            <th scope="row">{one.partition}</th>
            <td>{one.watermark === null ? NONE : formatTime(one.watermark)}</td>
            <td>{one.watermark === null ? NONE : formatLag(Math.max(0, now - one.watermark) / 1_000)}</td>
            {!narrow && <td>{formatCount(Number(one.offset))}</td>}
            {!narrow && <td>{formatCount(unread(one))}</td>}
            <td>
              <PartitionState partition={one} slowest={one === slowest} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function PartitionState({ partition, slowest }: { partition: PartitionTime; slowest: boolean }) {
  const { idle, watermark, future } = partition;
  return (
    <span className={classes.partitionState}>
      {idle && (
        <>
          <IconPlayerPause size={12} aria-hidden="true" /> <Term of="idle">idle</Term>
        </>
      )}
      {!idle && watermark === null && 'nothing yet'}
      {!idle && slowest && <Term of="slowest">slowest</Term>}
      {future > 0 && <Term of="future">{`+${formatCount(future)} future`}</Term>}
    </span>
  );
}
