// The writer's disorder: shares of rows that are late, out of order, repeated or dated ahead, and skewed orgs.
import { Button } from '@mantine/core';
import type { CommandInput } from '../../../shared/commands.ts';
import { disorderOn, NO_DISORDER, type WriterDisorder } from '../../../shared/disorder.ts';
import { Choice } from '../../components/choice.tsx';
import { formatDuration } from '../../components/format.ts';
import { formatShare, parseDecimal, parseDuration, parseShare } from '../../components/quantities.ts';
import { QuantityEntry, tenth } from '../../components/quantity-entry.tsx';
import { Term } from '../../components/term.tsx';
import { configureWriter } from '../../store/actions.ts';
import { useSnapshot } from '../../store/index.ts';
import { Fold } from './fold.tsx';
import styles from './station-panel.module.css';

type Change = NonNullable<CommandInput<'writer.configure'>['disorder']>;

/** Something of everything, so that all of it can be seen within a minute. */
const MIXED: Change = {
  late: { share: 0.05, delay: 'exponential', meanMs: 10_000, maxMs: 120_000 },
  outOfOrder: { share: 0.2, maxMs: 1_500 },
  duplicates: { share: 0.02 },
  future: { share: 0.002, aheadMs: 3_600_000 },
  skew: { exponent: 1 },
};
const DAY = 86_400_000;
const MOST_AHEAD = 36_500 * DAY;

const change = (disorder: Change, done: string) => configureWriter({ disorder }, done);

export function DisorderControls() {
  const disorder = useSnapshot((snapshot) => snapshot.settings.writer.disorder);
  const on = disorderOn(disorder);
  return (
    <Fold title="Disorder" says={on.join(', ')}>
      <p className={styles.hint}>
        What producers of events do wrong, on purpose. Rows are then dated by the writer; latency and lag
        count from that date.
      </p>
      <Late late={disorder.late} />
      <Shares disorder={disorder} />
      <div className={styles.row}>
        <Button size="compact-xs" onClick={() => change(MIXED, 'Disorder: some of everything')}>
          Some of everything
        </Button>
        <Button
          size="compact-xs"
          disabled={on.length === 0}
          onClick={() => change(NO_DISORDER, 'Disorder is off')}
        >
          All off
        </Button>
      </div>
    </Fold>
  );
}

function Late({ late }: { late: WriterDisorder['late'] }) {
  return (
    <>
      <div className={styles.three}>
        <Share
          label="Late"
          name="Share of late rows"
          value={late.share}
          onCommit={(share) => change({ late: { share } }, `Late rows: ${formatShare(share)}`)}
        />
        <Time
          label={late.delay === 'constant' ? 'by' : 'by about'}
          name="Mean lateness"
          value={late.meanMs}
          max={DAY}
          onCommit={(meanMs) => change({ late: { meanMs } }, `Mean lateness: ${formatDuration(meanMs)}`)}
        />
        <Time
          label="at most"
          name="Greatest lateness"
          value={late.maxMs}
          max={7 * DAY}
          onCommit={(maxMs) => change({ late: { maxMs } }, `Greatest lateness: ${formatDuration(maxMs)}`)}
        />
      </div>
      <Choice
        label="Distribution of the lateness"
        value={late.delay}
        options={[
          { value: 'constant', label: 'Constant' },
          { value: 'uniform', label: 'Uniform' },
          { value: 'exponential', label: 'Exponential' },
        ]}
        onChoose={(delay) => change({ late: { delay } }, `Lateness: ${delay}`)}
      />
    </>
  );
}

function Shares({ disorder: { outOfOrder, duplicates, future, skew, seed } }: { disorder: WriterDisorder }) {
  return (
    <>
      <div className={styles.two}>
        <Share
          label="Out of order"
          name="Share of rows out of order"
          value={outOfOrder.share}
          onCommit={(share) => change({ outOfOrder: { share } }, `Out of order: ${formatShare(share)}`)}
        />
        <Time
          label="by up to"
          name="Greatest disorder"
          value={outOfOrder.maxMs}
          max={3_600_000}
          onCommit={(maxMs) =>
            change({ outOfOrder: { maxMs } }, `Out of order by up to ${formatDuration(maxMs)}`)
          }
        />
        <Share
          label="Dated ahead"
          name="Share of rows dated ahead"
          value={future.share}
          onCommit={(share) => change({ future: { share } }, `Dated ahead: ${formatShare(share)}`)}
        />
        <Time
          label="by"
          name="Dated ahead by"
          value={future.aheadMs}
          max={MOST_AHEAD}
          onCommit={(aheadMs) => change({ future: { aheadMs } }, `Dated ahead by ${formatDuration(aheadMs)}`)}
        />
      </div>
      <div className={styles.three}>
        <Share
          label={<Term of="repeated">Repeated</Term>}
          name="Share of repeated rows"
          value={duplicates.share}
          onCommit={(share) => change({ duplicates: { share } }, `Repeated rows: ${formatShare(share)}`)}
        />
        <QuantityEntry
          label={<Term of="skew">Skew</Term>}
          name="Skew of the orgs"
          value={skew.exponent}
          min={0}
          max={4}
          parse={parseDecimal}
          format={String}
          step={() => 0.1}
          onCommit={(exponent) => change({ skew: { exponent } }, `Skew of the orgs: ${exponent}`)}
        />
        <QuantityEntry
          label={<Term of="disorderSeed">Seed</Term>}
          name="Seed of the disorder"
          value={seed}
          min={0}
          max={4_294_967_295}
          parse={(text) => (/^\d{1,10}$/.test(text.trim()) ? Number(text) : null)}
          format={String}
          step={() => 1}
          onCommit={(next) => change({ seed: next }, `Seed of the disorder: ${next}`)}
        />
      </div>
    </>
  );
}

type EntryProps = Parameters<typeof QuantityEntry>[0];

function Share(props: Pick<EntryProps, 'label' | 'name' | 'value' | 'onCommit'>) {
  return (
    <QuantityEntry {...props} min={0} max={1} parse={parseShare} format={formatShare} step={shareStep} />
  );
}

const shareStep = (share: number) => (share < 0.02 ? 0.001 : share < 0.1 ? 0.01 : 0.05);

function Time(props: Pick<EntryProps, 'label' | 'name' | 'value' | 'max' | 'onCommit'>) {
  return <QuantityEntry {...props} min={0} parse={parseDuration} format={formatDuration} step={tenth} />;
}
