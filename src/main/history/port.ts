// The control plane's view of the history: what it records and what it asks. Kept in SQLite by store.ts.
import type { Annotation } from '../../shared/annotation.ts';
import type { WindowResult } from '../../shared/event.ts';
import type { HistoryAnswer, HistoryQuery, MetricPoint } from '../../shared/history.ts';
import type { Incident } from '../../shared/incident.ts';
import type { Moment } from '../../shared/past.ts';
import type { ReplayStatus } from '../../shared/replay.ts';
import type { HistorySettings } from '../../shared/settings.ts';
import type { Snapshot } from '../../shared/snapshot.ts';
import type { BundleLine } from './bundle/format.ts';
import type { ComparisonLog } from './comparisons.ts';
import type { OutcomeLog } from './outcomes.ts';

/** Up to where the processor had read a partition (next offset) at a moment, and when the next frame left (epoch ms). */
export interface Passage {
  at: number;
  frameAt: number | null;
  partition: number;
  offset: number;
}

/** A record was processed after `after` (null: not known) and at or before `at`; epoch ms. */
export interface Passed {
  after: number | null;
  at: number;
  frameAt: number | null;
}

export interface History {
  /** One point a second (stepMs 1000); coarser steps are rolled up from it. */
  recordPoint(point: MetricPoint): void;
  /** Live results; a higher revision of a window replaces the lower one. */
  recordResults(results: readonly WindowResult[]): void;
  /** Inserts or updates by id. */
  recordIncident(incident: Incident): void;
  /** Inserts or updates by id, at once: it outlives a kill of the process that comes right after. */
  recordReplay(replay: ReplayStatus): void;
  recordReplayResults(replayId: string, results: readonly WindowResult[]): void;
  replays(): ReplayStatus[];
  /** Results of branches beside the live ones. */
  readonly comparisons: ComparisonLog;
  recentIncidents(limit: number): Incident[];
  /** Once a second while the processor moves. */
  recordPassages(passages: readonly Passage[]): void;
  /** When the processor passed an offset, looking from `from` (epoch ms) on. */
  passed(partition: number, offset: number, from: number): Passed | null;
  /** Live results of the windows that hold event time `at` (epoch ms) of this org or this region. */
  windowsAt(at: number, org: string, region: string): WindowResult[];
  query(query: HistoryQuery): HistoryAnswer;
  /** What became of dead records; written at once. */
  readonly outcomes: OutcomeLog;
  /** The whole state, once a second at most. */
  recordMoment(snapshot: Snapshot): void;
  /** The state as it was at `at` (epoch ms); null when nothing was recorded at all. */
  moment(at: number): Moment | null;
  /** Inserts or replaces by id, at once. Throws LiveDbError `annotation.too-many`. */
  putAnnotation(annotation: Annotation): void;
  annotation(id: string): Annotation | null;
  /** Those that touch [from, to), oldest first. */
  annotations(from: number, to: number): Annotation[];
  removeAnnotation(id: string): void;
  /** Everything recorded in [from, to) as the lines of a bundle, a page at a time: pause between two pages. */
  lines(from: number, to: number): Iterable<BundleLine[]>;
  /** Applies new retention settings; pruning runs by itself, in small steps. */
  configure(settings: HistorySettings): void;
  /** Deletes everything recorded (reset). */
  clear(): void;
  bytes(): number;
  /** Marks the run as ended and closes the file. */
  close(): void;
}
