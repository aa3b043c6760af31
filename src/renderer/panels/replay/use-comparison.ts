// The windows of a branch beside the live ones, asked for when the branch is looked at, every two seconds while it
// runs, and once more when it has ended.
import { useEffect, useState } from 'react';
import { LiveDbError, type LiveDbErrorData } from '../../../shared/errors.ts';
import type { ReplayComparison, ReplayStatus } from '../../../shared/replay.ts';
import { api } from '../../store/index.ts';
import { isActive } from './outcome.ts';

const REFRESH_MS = 2_000;

export interface Compared {
  /** null until the first answer. */
  rows: readonly ReplayComparison[] | null;
  error: LiveDbErrorData | null;
}

export function useComparison(
  replay: Pick<ReplayStatus, 'id' | 'state'> | null,
  order: 'difference' | 'time',
  limit: number,
): Compared {
  const [compared, setCompared] = useState<Compared>({ rows: null, error: null });
  const id = replay?.id ?? null;
  const active = replay !== null && isActive(replay);
  useEffect(() => {
    if (id === null) {
      setCompared({ rows: null, error: null });
      return;
    }
    let current = true;
    let timer: ReturnType<typeof setTimeout>;
    const ask = async () => {
      try {
        const rows = await api.execute('replay.results', { id, limit, order });
        if (current) setCompared({ rows, error: null });
      } catch (failure) {
        const error = LiveDbError.dataOf(failure);
        if (current) setCompared((known) => ({ ...known, error }));
      }
      if (current && active) timer = setTimeout(() => void ask(), REFRESH_MS);
    };
    void ask();
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [id, active, order, limit]);
  return compared;
}
