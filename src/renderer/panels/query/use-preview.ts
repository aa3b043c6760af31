// Asks for a preview when told to. Only the newest question's answer counts.
import { useCallback, useEffect, useRef, useState } from 'react';
import type { CommandOutput } from '../../../shared/commands.ts';
import { LiveDbError, type LiveDbErrorData } from '../../../shared/errors.ts';
import type { QuerySpec } from '../../../shared/query.ts';
import { api } from '../../store/index.ts';

/** Enough for an hour at 50 events/s or some minutes at 1,000: it takes a second or two. */
const MAX_EVENTS = 500_000;

export interface Previewed {
  state: 'known';
  spec: QuerySpec;
  answer: CommandOutput<'query.preview'>;
}

export type Preview =
  | { state: 'none' }
  | { state: 'asking' }
  | Previewed
  | { state: 'refused'; error: LiveDbErrorData };

export function usePreview(): {
  preview: Preview;
  run: (spec: QuerySpec, lastMs: number) => void;
  cancel: () => void;
} {
  const [preview, setPreview] = useState<Preview>({ state: 'none' });
  const asked = useRef(0);

  const run = useCallback((spec: QuerySpec, lastMs: number) => {
    asked.current += 1;
    const question = asked.current;
    const answered = (next: Preview) => {
      if (asked.current === question) setPreview(next);
    };
    setPreview({ state: 'asking' });
    api.execute('query.preview', { spec, lastMs, maxEvents: MAX_EVENTS }).then(
      (answer) => answered({ state: 'known', spec, answer }),
      (error: unknown) => answered({ state: 'refused', error: LiveDbError.dataOf(error) }),
    );
  }, []);

  /** The reading ends by itself soon; its answer is not waited for. */
  const cancel = useCallback(() => {
    asked.current += 1;
    setPreview({ state: 'none' });
  }, []);

  useEffect(
    () => () => {
      asked.current += 1;
    },
    [],
  );
  return { preview, run, cancel };
}
