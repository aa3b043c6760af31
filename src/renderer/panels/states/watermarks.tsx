// Event time partition by partition: where each watermark stands, which one holds the query back, which are left out.
import { IconPlayerPause } from '@tabler/icons-react';
import type { PartitionTime } from '../../../shared/states.ts';
import { formatCount, formatLag, formatTime, NONE } from '../../components/format.ts';
import { Term } from '../../components/term.tsx';
import { useNow } from '../../components/use-now.ts';
import { holdsBack, unread } from './event-time.ts';
import classes from './states.module.css';

export function Watermarks({ partitions }: { partitions: readonly PartitionTime[] }) {
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
          <th scope="col">Unread</th>
          <th scope="col">State</th>
        </tr>
      </thead>
      <tbody>
        {partitions.map((one) => (
          <tr key={one.partition} data-idle={one.idle || undefined}>
            <th scope="row">{one.partition}</th>
            <td>
              {one.watermark === null
                ? NONE
                : `${formatTime(one.watermark)} (−${formatLag(Math.max(0, now - one.watermark) / 1_000)})`}
            </td>
            <td>{formatCount(unread(one))}</td>
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
          <IconPlayerPause size={12} aria-hidden="true" /> <Term of="idle">idle, left out</Term>
        </>
      )}
      {!idle && watermark === null && 'nothing yet'}
      {!idle && slowest && 'sets the pace'}
      {future > 0 && <Term of="future">{` ${formatCount(future)} from the future`}</Term>}
    </span>
  );
}
