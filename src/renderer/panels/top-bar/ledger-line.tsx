// The line that is always in sight: is every row that was written also captured, published and processed, once?
import { ActionIcon, Tooltip } from '@mantine/core';
import { IconAlertTriangleFilled, IconCircleCheckFilled, IconListSearch } from '@tabler/icons-react';
import { Fragment } from 'react';
import { formatCount, formatLatency } from '../../components/format.ts';
import type { GlossaryKey } from '../../components/glossary.ts';
import { Term } from '../../components/term.tsx';
import { openOverlay, useSnapshot } from '../../store/index.ts';
import styles from './ledger-line.module.css';

const STEPS = ['written', 'captured', 'published', 'processed'] as const;

export function LedgerLine() {
  const ledger = useSnapshot((snapshot) => snapshot.ledger);
  const latency = useSnapshot((snapshot) => snapshot.latency);
  // All four figures get the room of the longest, so that nothing jumps when one gains a digit first.
  const width = `${Math.max(...STEPS.map((step) => formatCount(ledger[step]).length))}ch`;
  return (
    <section className={styles.line} aria-label="Ledger">
      <div className={styles.steps}>
        {STEPS.map((step, index) => (
          <Fragment key={step}>
            {index > 0 && (
              <Relation step={step} before={ledger[STEPS[index - 1] ?? step]} after={ledger[step]} />
            )}
            <span className={styles.step} data-step={step}>
              <Term of={step}>{STEP_WORDS[step]}</Term>{' '}
              <b className="mono" style={{ minWidth: width }}>
                {formatCount(ledger[step])}
              </b>
            </span>
          </Fragment>
        ))}
      </div>
      <Verdict word="missing" of="missing" count={ledger.missing} checked={ledger.checkedAt !== null} />
      <Verdict word="doubled" of="doubled" count={ledger.duplicates} checked={ledger.checkedAt !== null} />
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
          <b className="mono">{formatLatency(latency.p50)}</b> <span>p99</span>{' '}
          <b className="mono">{formatLatency(latency.p99)}</b>
        </span>
      </Term>
    </section>
  );
}

const STEP_WORDS = {
  written: 'Written',
  captured: 'captured',
  published: 'published',
  processed: 'processed',
} as const;

/** "=" when both agree; an arrow while some are on their way. */
function Relation({ step, before, after }: { step: string; before: number; after: number }) {
  // A later step may be told a moment before an earlier one: that is no backlog.
  const same = after >= before;
  return (
    <span
      className={styles.relation}
      data-step={step}
      data-same={same}
      title={same ? undefined : `${formatCount(before - after)} on their way`}
    >
      {same ? '=' : '→'}
    </span>
  );
}

function Verdict(props: { word: string; of: GlossaryKey; count: number; checked: boolean }) {
  const { word, count, checked } = props;
  const good = count === 0;
  const Icon = good ? IconCircleCheckFilled : IconAlertTriangleFilled;
  return (
    <span className={styles.verdict} data-tone={!checked ? 'none' : good ? 'ok' : 'bad'}>
      {checked && <Icon size={13} aria-hidden />}
      <Term of={props.of}>{word}</Term> <b className="mono">{checked ? formatCount(count) : '–'}</b>
    </span>
  );
}
