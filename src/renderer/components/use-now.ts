// The time now, read again once a second, for durations that count up on the screen.
import { useEffect, useState } from 'react';

/** Epoch ms, at most a second old. */
export function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
