// Every query with how it stands, the primary one first. Pure, over the snapshot; used by the dialogs and the station.
import type { QuerySpec } from '../../../shared/query.ts';
import type { Snapshot } from '../../../shared/snapshot.ts';
import type { LineReport } from '../../../shared/states.ts';

export type QueryState = 'running' | 'starting' | 'paused' | 'stopped' | 'failed' | 'rewinding';

export interface QueryRow {
  spec: QuerySpec;
  primary: boolean;
  state: QueryState;
  /** How it stands; null while it does not run. */
  line: LineReport | null;
}

export function queryRows({ settings, stages: { processor } }: Snapshot): QueryRow[] {
  const { query, queries } = settings.processor;
  const runs = processor.state === 'running' || processor.state === 'stopping';
  const row = (spec: QuerySpec, primary: boolean, paused: boolean): QueryRow => {
    const line = processor.lines.find((candidate) => candidate.query === spec.name) ?? null;
    return { spec, primary, line, state: stateOf(line, paused, runs) };
  };
  return [row(query, true, false), ...queries.map(({ spec, paused }) => row(spec, false, paused))];
}

function stateOf(line: LineReport | null, paused: boolean, runs: boolean): QueryState {
  if (paused) return 'paused';
  if (!runs) return 'stopped';
  if (line === null) return 'starting';
  if (line.error !== null) return 'failed';
  return line.rewind?.state === 'running' ? 'rewinding' : 'running';
}
