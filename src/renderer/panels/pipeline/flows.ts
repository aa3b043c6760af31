// What flows between two stations: where its rate and its lag are read from the snapshot.
import type { MetricPoint } from '../../../shared/history.ts';
import type { LifeStatus, Snapshot } from '../../../shared/snapshot.ts';

export interface FlowSource {
  name: string;
  unit: string;
  rate: (snapshot: Snapshot, points: readonly MetricPoint[]) => number;
  /** Only the line: what the next flow says is not said twice. */
  bare?: boolean;
  /** What has arrived but was not taken on yet; null where nothing can build up. */
  lag: ((snapshot: Snapshot) => number) | null;
}

/** A reader that does not run reports nothing: what piles up before it is then read from the ledger. */
export function backlog(reader: LifeStatus, reported: number, byLedger: number): number {
  return reader.state === 'running' ? reported : Math.max(reported, byLedger, 0);
}

const writing = ({ stages }: Snapshot) => stages.writer.rate.achieved;
const publishing = ({ stages }: Snapshot) => stages.producer.rate;

export const FLOWS: readonly FlowSource[] = [
  { name: 'Seed to writer', unit: 'rows', rate: writing, lag: null, bare: true },
  { name: 'Writer to PostgreSQL', unit: 'rows', rate: writing, lag: null },
  {
    name: 'PostgreSQL to producer',
    unit: 'rows',
    rate: publishing,
    lag: ({ stages, ledger }) =>
      // Before the producer's first report nothing is known of it, but what was processed it had captured.
      backlog(
        stages.producer,
        stages.producer.lag.rows,
        ledger.written - Math.max(ledger.captured, ledger.processed),
      ),
  },
  { name: 'Producer to Kafka', unit: 'events', rate: publishing, lag: null },
  {
    name: 'Kafka to processor',
    unit: 'events',
    rate: ({ stages }) => stages.processor.rate,
    lag: ({ stages, ledger }) =>
      backlog(stages.processor, stages.processor.lag.events, ledger.published - ledger.processed),
  },
  {
    name: 'Processor to results',
    unit: 'results',
    rate: (_, points) => points[points.length - 1]?.values.resultsRate ?? 0,
    lag: null,
  },
];
