// Whether a child that is not heard is hung, or only gets no processor time. supervisor.ts asks once a second.
import { BEAT_TIMEOUT_MS } from '../../shared/link.ts';

/** Beats come each second: this long without one is told (and a hung child is ended after BEAT_TIMEOUT_MS). */
const SILENCE_SAID_MS = 2_500;
/** A child that is merely starved is taken for hung after this long all the same. */
const STARVED_TIMEOUT_MS = 60_000;
/** Of one second between two looks no more counts than this: while we stood still ourselves, we could hear nobody. */
const LONGEST_STEP_MS = 1_500;
/** A child that runs in a loop takes a whole core where it gets one; one that is frozen or blocked takes none. */
const STARVED_SHARE = { over: 0.005, below: 0.5 } as const;

export type Silence =
  | { kind: 'heard' }
  | { kind: 'silent' }
  /** It is at work but gets only this share of one core. */
  | { kind: 'starved'; share: number }
  | { kind: 'hung' };

export interface SilenceWatch {
  /** `heardAt`: when the child was last heard, by the same clock, ms. */
  look(heardAt: number): Silence;
}

/** `cpuSeconds`: processor time the child has taken so far; null where that cannot be had. */
export function watchSilence(now: () => number, cpuSeconds: () => Promise<number | null>): SilenceWatch {
  let lookedAt = now();
  let silentMs = 0;
  let asking = false;
  let first: { at: number; seconds: number } | null = null;
  let share: number | null = null;
  /** Answers that were asked for in an earlier silence do not count. */
  let silence = 0;

  const ask = () => {
    if (asking) return;
    asking = true;
    const mine = silence;
    void cpuSeconds()
      .catch(() => null)
      .then((seconds) => {
        asking = false;
        if (seconds === null || mine !== silence) return;
        const at = now();
        if (first === null) first = { at, seconds };
        else if (at > first.at) share = (seconds - first.seconds) / ((at - first.at) / 1_000);
      });
  };

  return {
    look(heardAt) {
      const at = now();
      const sinceMs = at - heardAt;
      silentMs = Math.min(sinceMs, silentMs + Math.min(at - lookedAt, LONGEST_STEP_MS));
      lookedAt = at;
      if (silentMs < SILENCE_SAID_MS) {
        if (first !== null || share !== null) silence += 1;
        first = null;
        share = null;
        return { kind: 'heard' };
      }
      ask();
      const starved = share !== null && share > STARVED_SHARE.over && share < STARVED_SHARE.below;
      if (silentMs < BEAT_TIMEOUT_MS) return { kind: 'silent' };
      if (!starved || share === null || silentMs >= STARVED_TIMEOUT_MS) return { kind: 'hung' };
      return { kind: 'starved', share };
    },
  };
}
