// What happens to a part, as incidents in a person's words: killed, crashed, hung, back after so long, given up,
// waiting. Called by parts.ts for every part it supervises.
import type { RunState, Service, Stage } from '../../shared/names.ts';
import type { Clock } from './clock.ts';
import type { Incidents } from './incidents.ts';
import type { News } from './lifecycle.ts';

export interface Teller {
  news(news: News): void;
  waiting(reason: string | null): void;
  state(state: RunState): void;
}

/** A part that waits shorter than this is not worth telling about, ms. */
const WAITING_TOLD_AFTER_MS = 2_000;

export function createTeller(
  subject: Stage | Service | null,
  name: string,
  clock: Clock,
  incidents: Incidents,
): Teller {
  const key = subject ?? name;
  const down = `down:${key}`;
  const failed = `failed:${key}`;
  const waits = `waiting:${key}`;
  const shown = name.charAt(0).toUpperCase() + name.slice(1);
  let cancelWait: (() => void) | null = null;
  let waitReason: string | null = null;
  let waitTold = false;
  let lastState: RunState | null = null;

  return {
    news(news) {
      switch (news.kind) {
        case 'ended': {
          const title = {
            killed: `${shown} was killed`,
            'killed-outside': `${shown} was killed from outside`,
            crashed: `${shown} crashed`,
            hung: `${shown} hung and was ended`,
            left: `${shown} ended`,
          }[news.how];
          incidents.begin(down, {
            severity: news.how === 'killed' ? 'info' : 'warning',
            subject,
            code: news.how,
            title,
            cause: news.error.message,
            remedy:
              news.retryInMs === null
                ? (news.error.remedy ?? null)
                : 'It starts again by itself; nothing needs to be done.',
          });
          return;
        }
        case 'back':
          incidents.end(down);
          incidents.add({
            severity: 'info',
            subject,
            code: 'restarted',
            title: `${shown} is back`,
            cause: `It ran again after ${news.afterMs} ms.`,
          });
          return;
        case 'failed':
          incidents.end(down);
          incidents.begin(failed, {
            severity: 'error',
            subject,
            code: news.error.code,
            title: `${shown} failed`,
            cause: news.error.message,
            remedy: news.error.remedy ?? 'Remove the cause and start it again.',
          });
          return;
        case 'drain-timeout':
          incidents.add({
            severity: 'warning',
            subject,
            code: 'drain-timeout',
            title: `${shown} did not finish in time`,
            cause: 'It was asked to stop, was still busy 5 s later, and was ended.',
            remedy: 'Nothing is lost: it goes on from its last saved place.',
          });
          return;
      }
    },
    waiting(reason) {
      waitReason = reason;
      if (reason === null) {
        cancelWait?.();
        cancelWait = null;
        if (waitTold) incidents.end(waits);
        waitTold = false;
        return;
      }
      const tell = () => {
        if (waitReason === null) return;
        waitTold = true;
        incidents.begin(waits, {
          severity: 'warning',
          subject,
          code: 'waiting',
          title: `${shown} is waiting`,
          cause: waitReason,
          remedy: 'It goes on by itself as soon as it can.',
        });
      };
      if (waitTold) tell();
      else cancelWait ??= clock.after(WAITING_TOLD_AFTER_MS, tell);
    },
    state(state) {
      if (state === lastState) return;
      lastState = state;
      if (state === 'starting' || state === 'running' || state === 'stopped') incidents.end(failed);
      if (state === 'stopped') incidents.end(down);
    },
  };
}
