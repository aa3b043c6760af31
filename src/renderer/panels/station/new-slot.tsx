// Making the replication slot anew: what one does after it was lost. Shown where the log of the database is followed.
import { Confirm } from '../../components/confirm.tsx';
import { perform, usePart, usePending, useSnapshot } from '../../store/index.ts';

export function NewSlot() {
  const logical = useSnapshot((snapshot) => snapshot.settings.producer.capture !== 'polling');
  const byId = useSnapshot((snapshot) => snapshot.stages.producer.cursor === 'id');
  const running = usePart('producer', ({ state }) => state === 'running');
  const busy = usePending('producer.resnapshot');
  if (!logical || byId) return null;
  const make = () =>
    void perform(
      'producer.resnapshot',
      { confirm: true },
      { done: 'A new slot is being made', failed: 'The slot stays as it is' },
    );
  return (
    <Confirm label="New slot…" action="Make a new slot" disabled={!running} busy={busy} onConfirm={make}>
      <p>
        Drops the replication slot and makes a new one. The log that the server keeps for the old slot is
        freed.
      </p>
      <p>
        Rows that are not published yet are read from the table. Updates and deletes made in between are not
        counted.
      </p>
    </Confirm>
  );
}
