// The list of topics, asked for again every two seconds while someone looks at it.
import { useCallback, useEffect, useState } from 'react';
import { LiveDbError, type LiveDbErrorData } from '../../../shared/errors.ts';
import type { TopicInfo } from '../../../shared/topics.ts';
import { api } from '../../store/index.ts';

const REFRESH_MS = 2_000;

export interface Topics {
  /** null until the first answer. */
  list: readonly TopicInfo[] | null;
  error: LiveDbErrorData | null;
  refresh: () => Promise<void>;
}

export function useTopics(active: boolean): Topics {
  const [list, setList] = useState<readonly TopicInfo[] | null>(null);
  const [error, setError] = useState<LiveDbErrorData | null>(null);
  const refresh = useCallback(async () => {
    try {
      const found = await api.execute('topics.list', {});
      setList([...found].sort(byUse));
      setError(null);
    } catch (failure) {
      setError(LiveDbError.dataOf(failure));
    }
  }, []);

  useEffect(() => {
    if (!active) return;
    let timer: ReturnType<typeof setTimeout>;
    let current = true;
    const loop = async () => {
      await refresh();
      if (current) timer = setTimeout(loop, REFRESH_MS);
    };
    void loop();
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [active, refresh]);

  return { list, error, refresh };
}

/** A person's own topics first, Kafka's internal ones last, each by name. */
function byUse(a: TopicInfo, b: TopicInfo): number {
  return Number(a.internal) - Number(b.internal) || (a.name < b.name ? -1 : 1);
}
