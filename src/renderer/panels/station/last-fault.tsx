// The scorecard of the last fault made on a station: when it was noticed, when all was well again, what it cost.
import { useEffect, useRef } from 'react';
import type { Fault, Scorecard } from '../../../shared/chaos.ts';
import { type Fact, Facts } from '../../components/facts.tsx';
import { formatCount, formatDuration, formatTime, NONE } from '../../components/format.ts';
import styles from './station-panel.module.css';

const DONE: Record<Fault, string> = {
  kill: 'killed',
  freeze: 'frozen',
  cut: 'cut off',
  slow: 'slowed down',
  'slow-disk': 'given a slow disk',
  poison: 'poisoned',
  double: 'doubled events',
};

/** What the card says beside its figures; the recovery is counted from the end of the fault. */
export function faultFacts(card: Scorecard): Fact[] {
  const { state, detectMs, recoverMs, lost, doubled, late, p99Before, p99Highest } = card;
  const ended = state === 'recovered' || state === 'not-recovered';
  const again = {
    preparing: 'getting ready',
    running: card.liftedAt === null ? 'still broken' : 'recovering',
    recovered: formatDuration(recoverMs),
    'not-recovered': 'not within a minute',
    overtaken: 'the next fault came first',
    refused: 'refused',
  }[state];
  const bad = lost + doubled > 0;
  return [
    ...(card.published === null
      ? []
      : [
          {
            name: card.dead === null ? 'Published · noticed' : 'Published · put aside',
            value: `${formatCount(card.published)} · ${formatCount(card.dead ?? doubled)}`,
          },
        ]),
    {
      name: 'Noticed after',
      value: detectMs === null ? (ended ? 'no sign' : NONE) : formatDuration(detectMs),
    },
    { name: 'Well again after', value: again, tone: state === 'not-recovered' ? 'bad' : undefined },
    {
      name: 'Rows lost · doubled',
      term: 'faultCost',
      value: ended ? `${formatCount(lost)} · ${formatCount(doubled)}` : NONE,
      tone: ended ? (bad ? 'bad' : 'ok') : undefined,
    },
    { name: 'Late records', term: 'late', value: formatCount(late) },
    { name: 'p99 before · highest', value: `${formatDuration(p99Before)} · ${formatDuration(p99Highest)}` },
  ];
}

export function LastFault({ card }: { card: Scorecard }) {
  const frame = useRef<HTMLElement>(null);
  const goesOn = card.endedAt === null;
  // Who has just broken something wants to see what comes of it; the panel may be longer than the window.
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each new fault.
  useEffect(() => {
    if (goesOn) frame.current?.scrollIntoView({ block: 'nearest' });
  }, [card.id]);
  const length = card.seconds === null ? '' : ` for ${card.seconds} s`;
  return (
    <section ref={frame} className={styles.lastFault} aria-label="Scorecard of the last fault">
      <strong>
        Last: {DONE[card.fault]}
        {length} at {formatTime(card.at)}
      </strong>
      <Facts facts={faultFacts(card)} />
      {card.note !== null && <p className={styles.hint}>{card.note}</p>}
    </section>
  );
}
