// Lets a value through at most every so often: charts need not follow what changes ten times a second.
import { useEffect, useRef, useState } from 'react';

/** Something new is let through at most this often, ms. */
export const NEWS_PAUSE_MS = 100;

/** When a value was let through last, and when one with news was; performance.now(). */
export interface LetThrough {
  at: number;
  newsAt: number;
}

/** How long a value has to wait, ms. `news`: there is something in it that the one shown does not have at all. */
export function waitMs(now: number, last: LetThrough, pauseMs: number, news: boolean): number {
  const due = last.at + pauseMs;
  return Math.max(0, (news ? Math.min(due, last.newsAt + NEWS_PAUSE_MS) : due) - now);
}

/**
 * The value, at once when it has been still for `pauseMs`, else the newest one when that time is over. One with another
 * `news` than the one shown does not wait for it.
 */
export function usePaced<T>(value: T, pauseMs: number, news = ''): T {
  const [shown, setShown] = useState(value);
  const last = useRef<LetThrough & { news: string }>({ at: 0, newsAt: 0, news });
  useEffect(() => {
    const isNews = news !== last.current.news;
    const timer = setTimeout(
      () => {
        const at = performance.now();
        last.current = { at, newsAt: isNews ? at : last.current.newsAt, news };
        setShown(value);
      },
      waitMs(performance.now(), last.current, pauseMs, isNews),
    );
    return () => clearTimeout(timer);
  }, [value, pauseMs, news]);
  return shown;
}
