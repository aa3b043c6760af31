// Lets a value through at most every so often: charts need not follow what changes ten times a second.
import { useEffect, useRef, useState } from 'react';

/** The value, at once when it has been still for `pauseMs`, else the newest one when that time is over. */
export function usePaced<T>(value: T, pauseMs: number): T {
  const [shown, setShown] = useState(value);
  const lastChange = useRef(0);
  useEffect(() => {
    const wait = Math.max(0, lastChange.current + pauseMs - performance.now());
    const timer = setTimeout(() => {
      lastChange.current = performance.now();
      setShown(value);
    }, wait);
    return () => clearTimeout(timer);
  }, [value, pauseMs]);
  return shown;
}
