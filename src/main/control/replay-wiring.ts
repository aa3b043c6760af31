// Replays wired to the rest of the control plane: where services stand, which queries run and what they told. plane.ts
// calls it once.
import type { KafkaEndpoint, PostgresEndpoint } from '../../shared/link.ts';
import type { Settings } from '../../shared/settings.ts';
import type { Host } from '../hosts/host.ts';
import type { Figures } from './figures.ts';
import type { PipelineTopics } from './kafka-topics.ts';
import { createReplays, type Replays, type ReplaysOptions } from './replays.ts';
import type { Part } from './supervisor.ts';

export interface ReplayWiring
  extends Pick<ReplaysOptions, 'clock' | 'dataDir' | 'history' | 'incidents' | 'onChange' | 'onFault'> {
  host: Pick<Host, 'fork'>;
  kafka(): Promise<KafkaEndpoint>;
  postgres(): Promise<PostgresEndpoint>;
  topics: Pick<PipelineTopics, 'ensure' | 'admin'>;
  settings(): Settings;
  figures: Pick<Figures, 'processor'>;
  processor: Pick<Part, 'state' | 'call'>;
}

export function wireReplays(wiring: ReplayWiring): Replays {
  const { host, topics, processor } = wiring;
  const lines = () => wiring.figures.processor?.lines ?? [];
  return createReplays({
    ...wiring,
    fork: () => host.fork('replay'),
    async topics() {
      await wiring.kafka();
      await topics.ensure();
      return topics.admin();
    },
    line(name) {
      const { query, queries } = wiring.settings().processor;
      const report = (of: string) => lines().find((one) => one.query === of) ?? null;
      if (name === null || name === query.name)
        return { spec: query, primary: true, report: report(query.name) };
      const side = queries.find(({ spec }) => spec.name === name);
      return side === undefined ? null : { spec: side.spec, primary: false, report: report(name) };
    },
    lines,
    processor: {
      running: () => processor.state() === 'running',
      ask: (method, args, timeoutMs) => processor.call(method, args, timeoutMs),
    },
  });
}
