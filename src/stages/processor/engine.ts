// The port between the processor and what runs its query: LiveDB's own engine today, Apache Flink later. main.ts starts
// one, feeds it settings and passes its reports on.
import type { LiveDbErrorData } from '../../shared/errors.ts';
import type { IdBlockDigest, ProcessorReport } from '../../shared/link.ts';
import type { ProcessorSettings } from '../../shared/settings.ts';
import type { Line } from './line.ts';

export interface IncidentNote {
  severity: 'info' | 'warning' | 'error';
  code: string;
  title: string;
  cause: string;
  remedy?: string | null;
}

/** What an engine tells its process. */
export interface EngineHooks {
  /** Something in `report()` changed; `closed`: a window's first result is in it. */
  changed(closed?: boolean): void;
  /** What it waits for; null when it goes on. */
  waiting(reason: string | null): void;
  incident(note: IncidentNote): void;
  /** It cannot go on. `retry: false`: starting again would not help. */
  fatal(error: LiveDbErrorData, retry: boolean): void;
}

export interface QueryEngine {
  /** Whole and cumulative, except `latency` and `published`, which are those since the last call. */
  report(): ProcessorReport;
  /** Applies new settings to the running query; throws a LiveDbError to refuse them. */
  configure(settings: ProcessorSettings, line: Line): void;
  /** Finishes what is in hand, makes it durable and lets go of everything. */
  drain(): Promise<void>;
  /** Digests of the normal-mode ids taken in, for blocks of 4096 named by decimal text. */
  digests(blocks: readonly string[]): IdBlockDigest[];
  /** Ids of one block, as distance from its first id, ascending. */
  block(block: string): number[];
}
