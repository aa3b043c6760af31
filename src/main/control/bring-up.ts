// The beginning: our own services at once, the pipeline when it is asked to run, replays that ran when the app ended, the
// one that REPLAY_MODE asks for; and what went wrong with it, as incidents. plane.ts calls it and does not wait.
import { LiveDbError } from '../../shared/errors.ts';
import { ReplayRequest } from '../../shared/replay.ts';
import type { Incidents } from './incidents.ts';
import type { PipelineTopics } from './kafka-topics.ts';
import type { Pipeline } from './pipeline.ts';
import type { Replays } from './replays.ts';
import type { Services } from './services.ts';
import type { OpenedSettings } from './settings-store.ts';

export interface BringUp {
  services: Services;
  topics: PipelineTopics;
  pipeline: Pipeline;
  replays: Replays;
  incidents: Incidents;
  run: boolean;
  /** REPLAY_MODE=true: once the pipeline runs, all rows are published again in mode "replay". */
  replayMode: boolean;
  closing(): boolean;
}

/** Never rejects. A part that failed has told so itself; this tells the rest. */
export async function bringUp(options: BringUp): Promise<void> {
  const { services, topics, pipeline, replays, incidents, run } = options;
  const tell = (title: string) => (error: unknown) => {
    if (options.closing()) return;
    const data = LiveDbError.dataOf(error);
    incidents.add({
      severity: 'warning',
      subject: null,
      code: data.code,
      title,
      cause: data.message,
      remedy: data.remedy ?? null,
    });
  };
  // Each stage waits for its own needs alone, so all may begin at once. Topics on our own broker are made as soon as it
  // runs: the first start of a stage then finds them.
  const started = Promise.all([
    services.startOwn(),
    services.kafka.kind === 'embedded' ? services.kafka.ensure().then(topics.ensure) : null,
    run ? pipeline.startAll() : null,
  ]);
  await started.catch(tell('Not everything could be started'));
  replays.recover();
  if (!run || !options.replayMode) return;
  await replays
    .start(ReplayRequest.parse({ stage: 'producer', from: { kind: 'beginning' } }))
    .catch(tell('REPLAY_MODE asked for a replay that did not start'));
}

export function tellSettingsFault(fault: NonNullable<OpenedSettings['fault']>, incidents: Incidents): void {
  incidents.add({
    severity: 'warning',
    subject: null,
    code: 'settings.refused',
    title: 'The saved settings were not usable; the defaults are in force',
    cause: fault.cause,
    remedy: `The old file is kept as ${fault.movedTo}.`,
  });
}
