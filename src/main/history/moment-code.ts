// How a snapshot is kept as a moment: what hardly ever changes apart from what ticks, incidents left out (the journal
// has them), no password. Pure; used by moments.ts and the bundles.
import { z } from 'zod';
import type { Incident } from '../../shared/incident.ts';
import { DEFAULT_SETTINGS } from '../../shared/settings.ts';
import { Snapshot } from '../../shared/snapshot.ts';
import { completed, withDefaults } from './completed.ts';

/** The same in thousands of moments: stored once for all of them. */
const STEADY = [
  'version',
  'edition',
  'dataDir',
  'chaos',
  'settings',
  'connections',
  'schemaProposal',
] as const;

export interface MomentTexts {
  /** JSON of what hardly ever changes. */
  steady: string;
  /** JSON of what ticks. */
  ticking: string;
}

/** An address as it may be kept and given away: `postgres://user:••••@host`. */
function withoutPassword(url: string | null): string | null {
  return url?.replace(/^([a-z]+:\/\/[^:@/]*):[^@/]*@/i, '$1:••••@') ?? null;
}

export function splitMoment(snapshot: Snapshot): MomentTexts {
  const { incidents: _incidents, replays, ...rest } = snapshot;
  const steady: Record<string, unknown> = { replays: replays.filter((one) => one.endedAt !== null) };
  const ticking: Record<string, unknown> = {
    ...rest,
    services: {
      ...rest.services,
      postgres: { ...rest.services.postgres, url: withoutPassword(rest.services.postgres.url) },
    },
    replays: replays.filter((one) => one.endedAt === null),
  };
  for (const key of STEADY) {
    steady[key] = rest[key];
    delete ticking[key];
  }
  return { steady: JSON.stringify(steady), ticking: JSON.stringify(ticking) };
}

/** The parts put together again, as they were written: perhaps by an older LiveDB. */
export function joinMoment({ steady, ticking }: MomentTexts): Record<string, unknown> {
  const [slow, quick] = [Parts.parse(JSON.parse(steady)), Parts.parse(JSON.parse(ticking))];
  const startedAt = (replay: { startedAt?: unknown }) => Number(replay.startedAt ?? 0);
  const replays = [...quick.replays, ...slow.replays].sort((a, b) => startedAt(b) - startedAt(a));
  return { ...slow, ...quick, replays, incidents: [] };
}

const Parts = z.looseObject({ replays: z.array(z.looseObject({})).default([]) });

/**
 * A snapshot of today's form from one that was written by this or an older LiveDB: what was not recorded then is
 * empty. Throws when it is no snapshot at all.
 */
export function readSnapshot(written: unknown, incidents: readonly Incident[]): Snapshot {
  const { settings, ...rest } = Parts.parse(written);
  // A setting that there was not yet did what its default does.
  const whole = completed(Snapshot, { ...rest, settings: withDefaults(DEFAULT_SETTINGS, settings) });
  return { ...Snapshot.parse(whole), incidents: [...incidents] };
}

/** Incidents as they stood at a moment: what ended later lasted then. */
export function incidentsThen(incidents: readonly Incident[], at: number): Incident[] {
  return incidents
    .filter((incident) => incident.at <= at)
    .map((incident) =>
      incident.endedAt !== null && incident.endedAt > at ? { ...incident, endedAt: null } : incident,
    );
}

/** What a chart of states would show as a step: moments at which it changed are kept longer than others. */
export function statesOf({ services, stages }: Snapshot): string {
  return [...Object.values(services), ...Object.values(stages)].map(({ state }) => state).join();
}
