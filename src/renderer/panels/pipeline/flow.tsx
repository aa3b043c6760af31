// One flow between two stations: its rate, a line that moves as fast as the rate is high, and the lag where it builds up.
import { useEffect, useRef } from 'react';
import { formatCount, formatRate } from '../../components/format.ts';
import { Term } from '../../components/term.tsx';
import { usePoints, useSnapshot } from '../../store/index.ts';
import styles from './flow.module.css';
import { formatFlow, streamSpeed } from './flow-figures.ts';
import type { FlowSource } from './flows.ts';

/** Length of one dash and its gap, px; the line moves by this per second at playback rate 1. */
const PERIOD = 16;
/** Lag from which the figure is coloured: more than half a second's worth. */
const LAG_SECONDS = 0.5;

export function Flow({ name, unit, rate, lag, bare = false }: FlowSource) {
  const points = usePoints();
  const perSecond = useSnapshot((snapshot) => rate(snapshot, points));
  const behind = useSnapshot((snapshot) => lag?.(snapshot) ?? null);
  const isBehind = behind !== null && behind > Math.max(10, perSecond * LAG_SECONDS);
  return (
    <div className={styles.flow} title={`${name}: ${formatRate(perSecond)} ${unit} per second`}>
      <span className={`mono ${styles.rate}`}>
        {bare || perSecond === 0 ? '' : `${formatFlow(perSecond)}/s`}
      </span>
      <Stream perSecond={perSecond} />
      <span className={`mono ${styles.lag}`} data-behind={isBehind}>
        {behind !== null && (
          <Term of="lag">
            <span title={`${formatCount(behind)} ${unit} behind`}>
              <span className={styles.lagWord}>lag </span>
              {formatFlow(behind)}
            </span>
          </Term>
        )}
      </span>
    </div>
  );
}

function Stream({ perSecond }: { perSecond: number }) {
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
    <div className={styles.pipe} data-moving={speed > 0}>
      <div ref={dashes} className={styles.dashes} />
    </div>
  );
}
