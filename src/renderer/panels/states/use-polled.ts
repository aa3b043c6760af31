// What is not in the frames, such as states on disk: asked for when shown, each two seconds, and again after a change.
import { useCallback, useEffect, useRef, useState } from 'react';
import { LiveDbError, type LiveDbErrorData } from '../../../shared/errors.ts';
import { useControlRoom } from '../../store/index.ts';

const REFRESH_MS = 2_000;

/** `value` is null before the first answer. `question` must keep its identity as long as it asks the same. */
export function usePolled<T>(question: () => Promise<T>): {
  value: T | null;
  error: LiveDbErrorData | null;
  again: () => void;
} {
  const [value, setValue] = useState<T | null>(null);
  const [error, setError] = useState<LiveDbErrorData | null>(null);
  const connected = useControlRoom((state) => state.lostSince === null);
  const ask = useRef<() => void>(() => undefined);

  useEffect(() => {
    if (!connected) return;
    let current = true;
    let timer: ReturnType<typeof setTimeout>;
    let turn = 0;
    const run = async () => {
      clearTimeout(timer);
      turn += 1;
      const mine = turn;
      try {
        const found = await question();
        if (!current || mine !== turn) return;
        setValue(found);
        setError(null);
      } catch (failure) {
        if (!current || mine !== turn) return;
        setError(LiveDbError.dataOf(failure));
      }
      timer = setTimeout(() => void run(), REFRESH_MS);
    };
    ask.current = () => void run();
    void run();
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [question, connected]);

  const again = useCallback(() => ask.current(), []);
  return { value, error, again };
}
