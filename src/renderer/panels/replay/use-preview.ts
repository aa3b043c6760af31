// What a replay would read, asked for as soon as the fields make a request, before anything happens.
import { useEffect, useState } from 'react';
import { LiveDbError, type LiveDbErrorData } from '../../../shared/errors.ts';
import type { ReplayPreview, ReplayRequest } from '../../../shared/replay.ts';
import { api } from '../../store/index.ts';

export type Preview =
  | { state: 'none' }
  | { state: 'asking' }
  | { state: 'known'; preview: ReplayPreview }
  | { state: 'refused'; error: LiveDbErrorData };

/** A hand that still types is waited for, ms. */
const REST_MS = 200;

export function usePreview(request: ReplayRequest | null): Preview {
  const [preview, setPreview] = useState<Preview>({ state: 'none' });
  // By its text, so that a new draft with the same request asks nothing.
  const asked = request === null ? null : JSON.stringify(request);
  useEffect(() => {
    if (asked === null) {
      setPreview({ state: 'none' });
      return;
    }
    let current = true;
    setPreview({ state: 'asking' });
    const timer = setTimeout(() => {
      api
        .execute('replay.preview', JSON.parse(asked) as ReplayRequest)
        .then((found) => current && setPreview({ state: 'known', preview: found }))
        .catch(
          (error: unknown) => current && setPreview({ state: 'refused', error: LiveDbError.dataOf(error) }),
        );
    }, REST_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [asked]);
  return preview;
}
