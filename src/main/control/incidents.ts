// The incident log: newest first, bounded, each told to the history as it begins and as it ends. Everything in the
// control plane that a person should know about goes through here.
import type { Incident, Severity } from '../../shared/incident.ts';
import type { Service, Stage } from '../../shared/names.ts';
import type { Clock } from './clock.ts';

export interface NewIncident {
  severity: Severity;
  subject: Stage | Service | null;
  code: string;
  title: string;
  cause: string;
  remedy?: string | null;
}

export interface Incidents {
  /** Something that happened at one moment. The same thing again within a few seconds is not told twice. */
  add(incident: NewIncident): void;
  /** Something that lasts, under a key of its own; told again while it lasts, it replaces what was said before. */
  begin(key: string, incident: NewIncident): void;
  /** It is over. Does nothing when it never began. */
  end(key: string): void;
  /** Everything that lasts is over, because the control plane is. */
  endAll(): void;
  list(): readonly Incident[];
  clear(): void;
}

export interface IncidentsOptions {
  clock: Clock;
  /** Unique within the data folder, also over restarts. */
  newId(): string;
  record(incident: Incident): void;
  /** Those of earlier runs, newest first. */
  earlier: readonly Incident[];
  onChange(): void;
}

const KEPT = 200;
const SAME_AGAIN_MS = 5_000;

export function createIncidents(options: IncidentsOptions): Incidents {
  const { clock } = options;
  let list: Incident[] = options.earlier.slice(0, KEPT);
  const open = new Map<string, string>();

  const put = (incident: Incident) => {
    const index = list.findIndex((known) => known.id === incident.id);
    if (index >= 0) list = list.with(index, incident);
    else list = [incident, ...list].slice(0, KEPT);
    options.record(incident);
    options.onChange();
  };

  const make = (incident: NewIncident): Incident => ({
    id: options.newId(),
    at: clock.now(),
    endedAt: null,
    severity: incident.severity,
    subject: incident.subject,
    code: incident.code,
    title: incident.title,
    cause: incident.cause,
    remedy: incident.remedy ?? null,
  });

  const end = (key: string) => {
    const id = open.get(key);
    open.delete(key);
    const known = id === undefined ? undefined : list.find((one) => one.id === id);
    if (known !== undefined) put({ ...known, endedAt: clock.now() });
  };

  return {
    add(incident) {
      const now = clock.now();
      const told = list.some(
        (known) =>
          now - known.at < SAME_AGAIN_MS &&
          known.code === incident.code &&
          known.subject === incident.subject &&
          known.title === incident.title &&
          known.cause === incident.cause,
      );
      if (!told) put(make(incident));
    },
    begin(key, incident) {
      const id = open.get(key);
      const known = id === undefined ? undefined : list.find((one) => one.id === id);
      if (known === undefined) {
        const made = make(incident);
        open.set(key, made.id);
        put(made);
      } else if (known.cause !== incident.cause || known.title !== incident.title) {
        put({ ...known, ...incident, remedy: incident.remedy ?? null });
      }
    },
    end,
    endAll() {
      for (const key of [...open.keys()]) end(key);
    },
    list: () => list,
    clear() {
      list = [];
      open.clear();
      options.onChange();
    },
  };
}
