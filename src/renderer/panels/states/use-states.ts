// The states of a query as they are on disk: asked for when shown, each two seconds, and again after every change.
import { useCallback, useEffect, useRef, useState } from 'react';
import { LiveDbError, type LiveDbErrorData } from '../../../shared/errors.ts';
import type { StateInfo } from '../../../shared/states.ts';
import { api, useControlRoom } from '../../store/index.ts';

const REFRESH_MS = 2_000;

export function useStates(query: string): {
  states: readonly StateInfo[] | null;
  error: LiveDbErrorData | null;
  again: () => void;
} {
  const [states, setStates] = useState<readonly StateInfo[] | null>(null);
  const [error, setError] = useState<LiveDbErrorData | null>(null);
  const connected = useControlRoom((state) => state.lostSince === null);
  const ask = useRef<() => void>(() => undefined);

  useEffect(() => {
    if (!connected) return;
    let current = true;
    let timer: ReturnType<typeof setTimeout>;
    let question = 0;
    const run = async () => {
      clearTimeout(timer);
      question += 1;
      const mine = question;
      try {
        const found = await api.execute('state.list', { query });
        if (!current || mine !== question) return;
        setStates(found);
        setError(null);
      } catch (failure) {
        if (!current || mine !== question) return;
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
  }, [query, connected]);

  const again = useCallback(() => ask.current(), []);
  return { states, error, again };
}
