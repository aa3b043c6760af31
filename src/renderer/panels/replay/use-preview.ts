// What a replay would do, asked for as soon as the fields make a request, before anything happens.
import { useCallback, useEffect, useState } from 'react';
import { LiveDbError, type LiveDbErrorData } from '../../../shared/errors.ts';
import type { ReplayPreview, ReplayRequest } from '../../../shared/replay.ts';
import { api } from '../../store/index.ts';

export type Preview =
  | { state: 'none' }
  /** `before`: what was known of the last request, shown until the new one is. */
  | { state: 'asking'; before: ReplayPreview | null }
  /** `asked`: the request that it is of, so that no other one is started by it. */
  | { state: 'known'; preview: ReplayPreview; at: number; asked: ReplayRequest }
  | { state: 'refused'; error: LiveDbErrorData };

/** A hand that still types is waited for, ms. */
const REST_MS = 200;

interface Answer {
  /** The request by its text, and how often it was asked. */
  text: string;
  turn: number;
  preview: Extract<Preview, { state: 'known' | 'refused' }>;
}

export function usePreview(request: ReplayRequest | null): { preview: Preview; again: () => void } {
  const [answer, setAnswer] = useState<Answer | null>(null);
  const [turn, setTurn] = useState(0);
  // By its text, so that a new draft with the same request asks nothing.
  const text = request === null ? null : JSON.stringify(request);
  useEffect(() => {
    if (text === null) return;
    const asked = JSON.parse(text) as ReplayRequest;
    let current = true;
    const take = (preview: Answer['preview']) => current && setAnswer({ text, turn, preview });
    const timer = setTimeout(() => {
      api
        .execute('replay.preview', asked)
        .then((preview) => take({ state: 'known', preview, at: Date.now(), asked }))
        .catch((error: unknown) => take({ state: 'refused', error: LiveDbError.dataOf(error) }));
    }, REST_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [text, turn]);
  const again = useCallback(() => setTurn((before) => before + 1), []);
  return { preview: seen(answer, text, turn), again };
}

/** An answer to other fields than those on the screen is no answer: not for a moment can it be started. */
function seen(answer: Answer | null, text: string | null, turn: number): Preview {
  if (text === null) return { state: 'none' };
  if (answer !== null && answer.text === text && answer.turn === turn) return answer.preview;
  return { state: 'asking', before: answer?.preview.state === 'known' ? answer.preview.preview : null };
}
