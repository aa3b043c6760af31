// The time now, read again once a second, for durations that count up on the screen. In the past it stands still.
import { useEffect, useState } from 'react';
import { useIsPast, useSnapshot } from '../store/index.ts';

/** Epoch ms, at most a second old. */
export function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  const past = useIsPast();
  const then = useSnapshot(({ at }) => (past ? at : 0));
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return past ? then : now;
}
