// Tells of a repeated fault at most once a minute per kind, and of one that goes on and on ever more rarely, with how often it
// happened since. Used by the live engine.
import type { IncidentNote } from './engine.ts';

const PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 3_600_000;

export class RareIncidents {
  readonly #tell: (note: IncidentNote) => void;
  readonly #kinds = new Map<string, { at: number; since: number; pauseMs: number }>();

  constructor(tell: (note: IncidentNote) => void) {
    this.#tell = tell;
  }

  /** `make` is only called when the incident is told; it gets the number of times since the last one. */
  note(kind: string, now: number, times: number, make: (times: number) => IncidentNote): void {
    const known = this.#kinds.get(kind);
    const since = (known?.since ?? 0) + times;
    if (known !== undefined && now - known.at < known.pauseMs) {
      known.since = since;
      return;
    }
    const goesOn = known !== undefined && now - known.at < 2 * known.pauseMs;
    const pauseMs = goesOn ? Math.min(LONGEST_PAUSE_MS, 2 * known.pauseMs) : PAUSE_MS;
    this.#kinds.set(kind, { at: now, since: 0, pauseMs });
    this.#tell(make(since));
  }
}
