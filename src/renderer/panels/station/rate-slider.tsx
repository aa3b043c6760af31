// The rate of the writer: slider and number entry. While it is dragged, the writer follows a few times a second;
// what can be undone is the whole drag.
import { Slider } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { targetRate, type WriterSettings } from '../../../shared/settings.ts';
import type { Snapshot } from '../../../shared/snapshot.ts';
import { Calm } from '../../components/live.tsx';
import { parseRate } from '../../components/quantities.ts';
import { QuantityEntry, tenth } from '../../components/quantity-entry.tsx';
import { configureWriter, settleWriter } from '../../store/actions.ts';
import { useIsPast, useSnapshot } from '../../store/index.ts';
import { describePace, FASTEST, FLAT_OUT, paceFor, positionOf, RATE_MARKS, rateAt } from './rate-scale.ts';
import styles from './rate-slider.module.css';

/** While dragging, at most one change per this is sent, ms. */
const DRAG_SEND_MS = 200;
/** The thumb goes to where the settings are at the latest this long after they were taken, ms. */
const SETTLE_MS = 1_000;

const MARKS = RATE_MARKS.map(({ rate, label }) => ({ value: positionOf(rate), label }));

export function RateSlider() {
  const writer = useSnapshot((snapshot) => snapshot.settings.writer);
  const drag = useDrag(writer);
  const pace = drag.position === null ? writer : paceFor(rateAt(drag.position));
  const rate = paceRate(writer);
  const past = useIsPast();

  const setRate = (wanted: number) => {
    const next = paceFor(wanted);
    void settleWriter(next, writer, `Writer rate: ${describePace(next)}`);
  };

  return (
    <div className={styles.rate}>
      <div className={styles.head}>
        <span className={styles.label}>Rate</span>
        <b className="mono">{describePace(pace)}</b>
      </div>
      <Slider
        size={4}
        thumbSize={16}
        disabled={past}
        thumbLabel="Writer rate"
        thumbValueText={(position) => describePace(paceFor(rateAt(position)))}
        label={null}
        min={0}
        max={FLAT_OUT}
        value={drag.position ?? positionOf(rate)}
        onChange={drag.move}
        onChangeEnd={drag.end}
        marks={[...MARKS, { value: FLAT_OUT, label: 'flat out' }]}
        classNames={{ markLabel: styles.mark ?? '', root: styles.slider ?? '' }}
      />
      <div className={styles.entry}>
        <QuantityEntry
          label="Rows per second"
          name="Rows per second"
          value={rate ?? FASTEST}
          min={1 / 3600}
          max={1_000_000}
          parse={parseRate}
          format={(value) => (rate === null && value === FASTEST ? 'flat out' : formatEntry(value))}
          step={tenth}
          onCommit={setRate}
        />
        <span className={styles.achieved}>
          achieved{' '}
          <b className="mono">
            <Calm read={achieved} />
          </b>{' '}
          rows/s
        </span>
      </div>
    </div>
  );
}

function achieved({ stages }: Snapshot): string {
  return formatEntry(stages.writer.rate.achieved);
}

function formatEntry(rate: number): string {
  return rate.toLocaleString('en-US', { maximumFractionDigits: rate < 1 ? 3 : rate < 100 ? 1 : 0 });
}

/** Of the pace alone, without bursts. */
const paceRate = ({ rowsPerBurst, intervalMs }: WriterSettings) => targetRate({ rowsPerBurst, intervalMs });

/** The thumb's own position while it is dragged, and the changes sent on the way. */
function useDrag(writer: WriterSettings) {
  const [position, setPosition] = useState<number | null>(null);
  const before = useRef<WriterSettings | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  const latest = useRef(0);

  const letGo = () => {
    timer.current = null;
    if (before.current === null) setPosition(null);
  };
  const stopTimer = () => {
    if (timer.current !== null) clearTimeout(timer.current);
    timer.current = null;
  };
  useEffect(() => {
    return () => {
      if (timer.current !== null) clearTimeout(timer.current);
    };
  }, []);

  // The thumb lets go of its own position only once the settings have arrived where it stands.
  const settled = position !== null && before.current === null && positionOf(paceRate(writer)) === position;
  useEffect(() => {
    if (settled) setPosition(null);
  }, [settled]);

  return {
    position,
    move: (next: number) => {
      if (before.current === null) {
        stopTimer();
        before.current = writer;
      }
      latest.current = next;
      setPosition(next);
      timer.current ??= setTimeout(() => {
        timer.current = null;
        configureWriter(paceFor(rateAt(latest.current)));
      }, DRAG_SEND_MS);
    },
    end: (next: number) => {
      stopTimer();
      const start = before.current ?? writer;
      before.current = null;
      const pace = paceFor(rateAt(next));
      setPosition(positionOf(targetRate(pace)));
      const taken = settleWriter(pace, start, `Writer rate: ${describePace(pace)}`);
      void taken.then((ok) => {
        if (before.current !== null) return; // It is being dragged again.
        stopTimer();
        timer.current = setTimeout(letGo, ok ? SETTLE_MS : 0);
      });
    },
  };
}
