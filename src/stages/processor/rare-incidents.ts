// Tells of a repeated fault at most once a minute per kind, with how often it happened since. Used by the live engine.
import type { IncidentNote } from './engine.ts';

const PAUSE_MS = 60_000;

export class RareIncidents {
  readonly #tell: (note: IncidentNote) => void;
  readonly #kinds = new Map<string, { at: number; since: number }>();

  constructor(tell: (note: IncidentNote) => void) {
    this.#tell = tell;
  }

  /** `make` is only called when the incident is told; it gets the number of times since the last one. */
  note(kind: string, now: number, times: number, make: (times: number) => IncidentNote): void {
    const known = this.#kinds.get(kind);
    const since = (known?.since ?? 0) + times;
    if (known !== undefined && now - known.at < PAUSE_MS) {
      known.since = since;
      return;
    }
    this.#kinds.set(kind, { at: now, since: 0 });
    this.#tell(make(since));
  }
}
