// The incident of events that came too late for a query: it begins with the first of them, counts on while more come, and
// ends by itself when none has come for a minute. Fed by stages.ts with what late-counts.ts has counted.
import type { Clock } from './clock.ts';
import type { Incidents } from './incidents.ts';

/** Late events come in bursts, such as after an outage: one burst is one incident. */
export const LATE_QUIET_MS = 60_000;
/** The count of an incident under way is told anew at most this often, ms. */
const TELL_MS = 2_000;

interface Lasting {
  count: number;
  endsAt: number;
  disarm(): void;
}

export class LateNews {
  readonly #clock: Clock;
  readonly #incidents: Pick<Incidents, 'begin' | 'end'>;
  readonly #lasting = new Map<string, Lasting>();

  constructor(clock: Clock, incidents: Pick<Incidents, 'begin' | 'end'>) {
    this.#clock = clock;
    this.#incidents = incidents;
  }

  /** `more`: newly late events by query. `queries`: those there are. */
  take(more: ReadonlyMap<string, number>, queries: readonly string[]): void {
    for (const [query, count] of more) this.#more(query, count);
    for (const query of [...this.#lasting.keys()]) if (!queries.includes(query)) this.#end(query);
  }

  /** The processor does not run any more. */
  stop(): void {
    for (const query of [...this.#lasting.keys()]) this.#end(query);
  }

  #more(query: string, count: number): void {
    const endsAt = this.#clock.now() + LATE_QUIET_MS;
    const known = this.#lasting.get(query);
    if (known === undefined) {
      this.#lasting.set(query, { count, endsAt, disarm: () => undefined });
      this.#tell(query);
      return;
    }
    known.count += count;
    known.endsAt = endsAt;
  }

  /** Tells how many there are, and looks again: soon, for the number, and in the end whether it is over. */
  #tell(query: string): void {
    const lasting = this.#lasting.get(query);
    if (lasting === undefined) return;
    const now = this.#clock.now();
    if (now >= lasting.endsAt) {
      this.#end(query);
      return;
    }
    const { count } = lasting;
    const [they, them] = count === 1 ? ['It', 'it'] : ['They', 'them'];
    this.#incidents.begin(keyOf(query), {
      severity: 'warning',
      subject: 'processor',
      code: 'late',
      title: `Query "${query}": ${count === 1 ? '1 event' : `${count} events`} came too late`,
      cause: `${they} came after the allowed lateness: no window of this query counts ${them}. Records aside lists ${them}.`,
      remedy: 'Allow more lateness in the query, or rewind to before them.',
    });
    lasting.disarm = this.#clock.after(Math.min(TELL_MS, lasting.endsAt - now), () => this.#tell(query));
  }

  #end(query: string): void {
    this.#lasting.get(query)?.disarm();
    if (this.#lasting.delete(query)) this.#incidents.end(keyOf(query));
  }
}

const keyOf = (query: string) => `late-${query}`;
