// Controls of the producer: how rows are captured and published, and how far it has come.
import { Button } from '@mantine/core';
import { RETAINED_WARNING_BYTES, SLOT_LOST } from '../../../shared/capture.ts';
import { Choice } from '../../components/choice.tsx';
import { Facts } from '../../components/facts.tsx';
import { formatBytes, formatCount, formatDuration, formatLag } from '../../components/format.ts';
import { Note } from '../../components/note.tsx';
import { parseCount, parseDuration } from '../../components/quantities.ts';
import { QuantityEntry, tenth } from '../../components/quantity-entry.tsx';
import { Term } from '../../components/term.tsx';
import { configureProducer } from '../../store/actions.ts';
import { openOverlay, useCalmSnapshot, useSnapshot } from '../../store/index.ts';
import { NewSlot } from './new-slot.tsx';
import { StationFrame } from './station-frame.tsx';
import styles from './station-panel.module.css';

export function ProducerControls() {
  const settings = useSnapshot((snapshot) => snapshot.settings.producer);
  return (
    <StationFrame part="producer">
      <SlotLost />
      <Choice
        label="Capture"
        value={settings.capture}
        options={[
          { value: 'auto', label: 'Auto' },
          { value: 'logical', label: 'Logical' },
          { value: 'polling', label: 'Polling' },
        ]}
        onChoose={(capture) => configureProducer({ capture }, `Capture: ${capture}`)}
      />
      <div className={styles.two}>
        <QuantityEntry
          label={<Term of="batchSize">Batch size</Term>}
          name="Batch size"
          value={settings.batchSize}
          min={1}
          max={50_000}
          parse={parseCount}
          format={formatCount}
          step={tenth}
          onCommit={(batchSize) => configureProducer({ batchSize }, `Batch size: ${formatCount(batchSize)}`)}
        />
        <QuantityEntry
          label={<Term of="pollInterval">Poll interval</Term>}
          name="Poll interval"
          value={settings.pollIntervalMs}
          min={1}
          max={3_600_000}
          parse={parseDuration}
          format={formatDuration}
          step={tenth}
          onCommit={(pollIntervalMs) =>
            configureProducer({ pollIntervalMs }, `Poll interval: ${formatDuration(pollIntervalMs)}`)
          }
        />
      </div>
      <Progress />
      <div className={styles.row}>
        <Button onClick={() => openOverlay({ kind: 'replay', stage: 'producer' })}>Replay rows…</Button>
        <NewSlot />
      </div>
    </StationFrame>
  );
}

/** On somebody's own server a slot is made again only when a person says so. */
function SlotLost() {
  const lost = useSnapshot((snapshot) => snapshot.stages.producer.captureDetail?.why === SLOT_LOST);
  if (!lost) return null;
  return (
    <Note tone="warning" title="The replication slot was lost">
      <p>
        Rows are polled from the table meanwhile: none is lost or doubled. Make a new slot below, or choose
        “Polling”.
      </p>
    </Note>
  );
}

function Progress() {
  const producer = useCalmSnapshot((snapshot) => snapshot.stages.producer);
  const detail = producer.captureDetail;
  return (
    <Facts
      facts={[
        { name: 'Events published', term: 'published', value: formatCount(producer.events) },
        { name: 'Lag', term: 'lag', value: `${formatCount(producer.lag.rows)} rows` },
        { name: 'Behind by', value: formatLag(producer.lag.seconds) },
        { name: 'Capture', term: 'capture', value: producer.capture },
        ...(detail === null || producer.capture === 'logical' || detail.why === SLOT_LOST
          ? []
          : [{ name: 'Why', value: detail.why }]),
        ...(detail?.retainedBytes == null
          ? []
          : [
              {
                name: 'Log kept by the server',
                term: 'retainedLog' as const,
                value: formatBytes(detail.retainedBytes),
                tone: detail.retainedBytes >= RETAINED_WARNING_BYTES ? ('warn' as const) : undefined,
              },
              { name: 'Slot', value: detail.slot ?? '–' },
            ]),
        ...(detail === null
          ? []
          : [
              {
                name: 'Updates, deletes, truncates',
                term: 'otherChanges' as const,
                value: `${formatCount(detail.changes.updates)}, ${formatCount(detail.changes.deletes)}, ${formatCount(detail.changes.truncates)}`,
              },
            ]),
        { name: 'Cursor', value: producer.cursor === 'tx' ? 'transaction, id' : 'id' },
        { name: 'Position: id', term: 'position', value: producer.position?.lastId ?? '–' },
        { name: 'Position: transaction', value: producer.position?.lastTx ?? '–' },
      ]}
    />
  );
}
