// Changes of running queries that cannot be right when their open windows are kept. settings-change.ts asks before it saves,
// so that every way of changing a query goes by it.
import { LiveDbError } from '../../shared/errors.ts';
import { differences, MAX_QUESTIONS, type QuerySpec } from '../../shared/query.ts';
import type { ProcessorSettings } from '../../shared/settings.ts';
import type { LineReport } from '../../shared/states.ts';

interface Asked {
  spec: QuerySpec;
  /** Differs when it is another query, or its windows are thrown away. */
  anew: string;
}

/** Throws `query.session-cut`, `query.too-many-changes`; nothing is changed then. */
export function refuseWrongChanges(
  before: ProcessorSettings,
  after: ProcessorSettings,
  lines: readonly LineReport[],
): void {
  const asked = queriesOf(after);
  for (const [place, known] of queriesOf(before)) {
    const next = asked.get(place);
    if (next === undefined || next.anew !== known.anew) continue;
    const differ = differences(known.spec, next.spec);
    if (differ.length === 0) continue;
    const line = lines.find(({ query }) => query === known.spec.name) ?? null;
    refuseCut(known.spec, next.spec, line);
    refuseMany(known.spec, line);
  }
}

/** By its place: the live query may change its name. */
function queriesOf({ query, fresh, queries }: ProcessorSettings): Map<string, Asked> {
  return new Map([
    ['', { spec: query, anew: String(fresh ?? 0) }],
    ...queries.map((one) => [one.spec.name, { spec: one.spec, anew: `${one.born} ${one.fresh}` }] as const),
  ]);
}

/** Fixed windows of the new question begin behind all that was seen, sessions may reach back to it. */
function refuseCut(before: QuerySpec, after: QuerySpec, line: LineReport | null): void {
  const begins = after.window.kind === 'session' && line?.events !== 0;
  const ends = before.window.kind === 'session' && line?.openWindows !== 0;
  if (!begins && !ends) return;
  throw new LiveDbError({
    code: 'query.session-cut',
    message: begins
      ? 'Sessions of the new question may have begun with events that the old one has counted: they would be cut in two.'
      : 'Sessions that are open would be cut in two by the change.',
    remedy:
      'Change the query with query.put and state "fresh", which throws the open windows away; or add another query, which reads from the beginning.',
  });
}

function refuseMany({ allowedLatenessMs }: QuerySpec, line: LineReport | null): void {
  if ((line?.questions ?? 1) < MAX_QUESTIONS) return;
  throw new LiveDbError({
    code: 'query.too-many-changes',
    message: `The query was changed ${MAX_QUESTIONS - 1} times within its allowed lateness (${allowedLatenessMs / 1_000} s): windows of the first of these questions would no longer be corrected.`,
    remedy: 'Wait until these windows are final, or change it with query.put and state "fresh".',
  });
}
