// The line that is always in sight: is every row that was written also captured, published and processed, once?
import { ActionIcon, Tooltip } from '@mantine/core';
import { IconAlertTriangleFilled, IconCircleCheckFilled, IconListSearch } from '@tabler/icons-react';
import { Fragment } from 'react';
import type { LedgerStatus, Snapshot } from '../../../shared/snapshot.ts';
import { formatCount, formatLatency, NONE } from '../../components/format.ts';
import type { GlossaryKey } from '../../components/glossary.ts';
import { Calm } from '../../components/live.tsx';
import { Term } from '../../components/term.tsx';
import { openOverlay, useCalmSnapshot, useSnapshot } from '../../store/index.ts';
import styles from './ledger-line.module.css';

const STEPS = ['written', 'captured', 'published', 'processed'] as const;

export function LedgerLine() {
  return (
    <section className={styles.line} aria-label="Ledger">
      <div className={styles.steps}>
        {STEPS.map((step, index) => (
          <Fragment key={step}>
            {index > 0 && <Relation step={step} from={STEPS[index - 1] ?? step} />}
            <span className={styles.step} data-step={step}>
              <Term of={step}>{STEP_WORDS[step]}</Term> <Count of={step} />
            </span>
          </Fragment>
        ))}
      </div>
      <Verdict word="missing" of="missing" count="missing" />
      <Verdict word="doubled" of="doubled" count="duplicates" />
      <Tooltip label="Audit: compare table, topic and results in full">
        <ActionIcon
          size={22}
          variant="subtle"
          color="gray"
          aria-label="Audit…"
          onClick={() => openOverlay({ kind: 'audit' })}
        >
          <IconListSearch size={15} />
        </ActionIcon>
      </Tooltip>
      <Term of="latency">
        <span className={styles.latency}>
          <span className={styles.path}>row to screen</span> <span>p50</span>{' '}
          <b className="mono">
            <Calm read={p50} />
          </b>{' '}
          <span>p99</span>{' '}
          <b className="mono">
            <Calm read={p99} />
          </b>
        </span>
      </Term>
    </section>
  );
}

type Step = (typeof STEPS)[number];

const p50 = ({ latency }: Snapshot) => formatLatency(latency.p50);
const p99 = ({ latency }: Snapshot) => formatLatency(latency.p99);

/** A producer that was never started since LiveDB was has not said what it did before; what is processed it had done. */
function isUnknown(ledger: LedgerStatus, step: Step): boolean {
  return ledger[step] === 0 && ledger.processed > 0;
}

/** All four figures get the room of the longest, so that nothing jumps when one gains a digit first. */
function Count({ of }: { of: Step }) {
  const text = useSnapshot(({ ledger }) => (isUnknown(ledger, of) ? NONE : formatCount(ledger[of])));
  const letters = useSnapshot(({ ledger }) =>
    Math.max(...STEPS.map((step) => formatCount(ledger[step]).length)),
  );
  return (
    <b className="mono" style={{ minWidth: `${letters}ch` }}>
      {text}
    </b>
  );
}

const STEP_WORDS = {
  written: 'Written',
  captured: 'captured',
  published: 'published',
  processed: 'processed',
} as const;

/** "=" when both agree; an arrow while some are on their way. */
function Relation({ step, from }: { step: Step; from: Step }) {
  const onTheirWay = useCalmSnapshot(({ ledger }) =>
    isUnknown(ledger, from) || isUnknown(ledger, step) ? null : Math.abs(ledger[from] - ledger[step]),
  );
  const same = onTheirWay === 0;
  return (
    <span
      className={styles.relation}
      data-step={step}
      data-same={same}
      title={same || onTheirWay === null ? undefined : `${formatCount(onTheirWay)} on their way`}
    >
      {same ? '=' : '→'}
    </span>
  );
}

function Verdict(props: { word: string; of: GlossaryKey; count: 'missing' | 'duplicates' }) {
  const { word } = props;
  const count = useSnapshot(({ ledger }) => ledger[props.count]);
  const checked = useSnapshot(({ ledger }) => ledger.checkedAt !== null);
  const good = count === 0;
  const Icon = good ? IconCircleCheckFilled : IconAlertTriangleFilled;
  return (
    <span className={styles.verdict} data-tone={!checked ? 'none' : good ? 'ok' : 'bad'}>
      {checked && <Icon size={13} aria-hidden />}
      <Term of={props.of}>{word}</Term> <b className="mono">{checked ? formatCount(count) : '–'}</b>
    </span>
  );
}
