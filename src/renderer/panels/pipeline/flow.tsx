// One flow between two stations: its rate, a line that moves as fast as the rate is high, and the lag where it builds up.
import { memo, useEffect, useRef } from 'react';
import type { Snapshot } from '../../../shared/snapshot.ts';
import { formatCount, formatRate } from '../../components/format.ts';
import { Term } from '../../components/term.tsx';
import { useCalmSnapshot, usePoints } from '../../store/index.ts';
import styles from './flow.module.css';
import { formatFlow, streamSpeed } from './flow-figures.ts';
import type { FlowSource } from './flows.ts';

/** Length of one dash and its gap, px; the line moves by this per second at playback rate 1. */
const PERIOD = 16;
/** Lag from which the figure is coloured: more than half a second's worth. */
const LAG_SECONDS = 0.5;

export const Flow = memo(function Flow({ name, unit, rate, lag, bare = false }: FlowSource) {
  return (
    <div className={styles.flow}>
      <Rate name={name} unit={unit} rate={rate} bare={bare} />
      {lag === null ? (
        <span />
      ) : (
        <Term of="lag">
          <Lag unit={unit} rate={rate} lag={lag} />
        </Term>
      )}
    </div>
  );
});

/** The figure above the line, and the line. */
function Rate({ name, unit, rate, bare }: Required<Pick<FlowSource, 'name' | 'unit' | 'rate' | 'bare'>>) {
  const points = usePoints();
  const perSecond = useCalmSnapshot((snapshot) => rate(snapshot, points));
  const title = `${name}: ${formatRate(perSecond)} ${unit} per second`;
  return (
    <>
      <span className={`mono ${styles.rate}`} title={title}>
        {!bare && perSecond > 0 && (
          <>
            {formatFlow(perSecond)}
            <span className={styles.per}>/s</span>
          </>
        )}
      </span>
      <Stream perSecond={perSecond} title={title} />
    </>
  );
}

function Lag({ unit, rate, lag }: Pick<FlowSource, 'unit' | 'rate'> & { lag: (of: Snapshot) => number }) {
  const points = usePoints();
  const behind = useCalmSnapshot(lag);
  const isBehind = useCalmSnapshot((snapshot) => behind > Math.max(10, rate(snapshot, points) * LAG_SECONDS));
  return (
    <span
      className={`mono ${styles.lag}`}
      data-behind={isBehind}
      title={`${formatCount(behind)} ${unit} behind`}
    >
      <span className={styles.lagWord}>lag </span>
      {formatFlow(behind)}
    </span>
  );
}

function Stream({ perSecond, title }: { perSecond: number; title: string }) {
  const dashes = useRef<HTMLDivElement>(null);
  const animation = useRef<Animation | null>(null);

  useEffect(() => {
    const element = dashes.current;
    if (element === null || matchMedia('(prefers-reduced-motion: reduce)').matches) return;
    // Runs on the compositor: no work for the page per step.
    const running = element.animate(
      [{ transform: 'translateX(0)' }, { transform: `translateX(${PERIOD}px)` }],
      {
        duration: 1_000,
        iterations: Number.POSITIVE_INFINITY,
      },
    );
    running.pause();
    animation.current = running;
    return () => running.cancel();
  }, []);

  const speed = streamSpeed(perSecond);
  useEffect(() => {
    const running = animation.current;
    if (running === null) return;
    if (speed === 0) running.pause();
    else {
      running.updatePlaybackRate(speed / PERIOD);
      if (running.playState !== 'running') running.play();
    }
  }, [speed]);

  return (
    <div className={styles.pipe} data-moving={speed > 0} title={title}>
      <div ref={dashes} className={styles.dashes} />
    </div>
  );
}
