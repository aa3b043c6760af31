// Keeps an array's identity while it holds the same things, so that what depends on it is not made again.
import { useRef } from 'react';

export function useSame<T>(list: readonly T[], equal: (a: T, b: T) => boolean = Object.is): readonly T[] {
  const kept = useRef(list);
  const known = kept.current;
  const same =
    known.length === list.length &&
    list.every((item, index) => {
      const before = known[index];
      return before !== undefined && equal(before, item);
    });
  if (!same) kept.current = list;
  return kept.current;
}
