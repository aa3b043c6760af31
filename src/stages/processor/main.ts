// The processor stage as a process: started, configured and drained by the control plane, runs one query engine.
import { z } from 'zod';
import { connectKafka } from '../../clients/kafka.ts';
import { runChild } from '../../clients/link.ts';
import { openLog } from '../../clients/log.ts';
import { LiveDbError } from '../../shared/errors.ts';
import { PROCESSOR_CALLS, ProcessorConfig, type ProcessorReport } from '../../shared/link.ts';
import type { EngineHooks } from './engine.ts';
import { TopicMadeAnew } from './event-source.ts';
import { lineOf } from './line.ts';
import { LiveEngine } from './live-engine.ts';

const DigestsArgs = z.object({ blocks: z.array(z.string().regex(/^-?\d+$/)).max(100_000) });
const BlockArgs = z.object({ block: z.string().regex(/^-?\d+$/) });

runChild<ProcessorConfig, ProcessorReport>({
  name: 'processor',
  config: ProcessorConfig,
  async start(first, link) {
    let config = first;
    const log = await openLog(config.logDir, 'processor');
    const { admin } = connectKafka(config.kafka, { clientIdSuffix: 'processor-admin', log });
    let draining = false;
    const hooks: EngineHooks = {
      changed: () => link.report(() => engine.report()),
      waiting: (reason) => link.waiting(reason),
      incident: (note) => link.incident(note),
      fatal: (error, retry) => link.fatal(error, retry),
    };
    const begin = async (fresh: boolean): Promise<LiveEngine> => {
      const begun = await LiveEngine.start(config, lineOf(config, null), hooks, log, admin, { fresh });
      begun.run().catch((error: unknown) => failed(error));
      return begun;
    };
    const failed = (error: unknown): void => {
      if (draining) return;
      if (!(error instanceof TopicMadeAnew)) {
        log.error({ error }, 'the processor failed');
        link.fatal(LiveDbError.dataOf(error));
        return;
      }
      link.incident({
        severity: 'warning',
        code: 'topic-made-anew',
        title: `Topic ${config.kafka.topic} was made anew`,
        cause: 'It no longer holds the events that were read from it: it was deleted and created again.',
        remedy: 'Nothing to do: the processor reads the new topic from its beginning.',
      });
      begin(true).then(
        (begun) => {
          // Settings may have come while it started.
          begun.configure(config.settings);
          engine = begun;
        },
        (again: unknown) => failed(again),
      );
    };
    let engine = await begin(false);
    hooks.changed();

    return {
      running: {
        configure(next) {
          config = next;
          engine.configure(next.settings);
        },
        async drain() {
          draining = true;
          await engine.drain();
          hooks.changed();
          await admin.close();
        },
        call(method, args) {
          if (method === PROCESSOR_CALLS.digests)
            return Promise.resolve(engine.digests(DigestsArgs.parse(args).blocks));
          if (method === PROCESSOR_CALLS.block)
            return Promise.resolve(engine.block(BlockArgs.parse(args).block));
          throw new LiveDbError({
            code: 'unknown-call',
            message: `The processor knows no call "${method}".`,
          });
        },
      },
    };
  },
});
