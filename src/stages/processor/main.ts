// The processor stage as a process: started, configured and drained by the control plane, runs a line for each query.
import { z } from 'zod';
import { connectKafka } from '../../clients/kafka.ts';
import { runChild } from '../../clients/link.ts';
import { openLog } from '../../clients/log.ts';
import { LiveDbError } from '../../shared/errors.ts';
import { PROCESSOR_CALLS, ProcessorConfig, type ProcessorReport } from '../../shared/link.ts';
import type { EngineHooks } from './engine.ts';
import { answerLineCall } from './line-calls.ts';
import { Lines } from './lines.ts';

const DigestsArgs = z.object({ blocks: z.array(z.string().regex(/^-?\d+$/)).max(100_000) });
const ForgetArgs = z.object({ query: z.string(), savepoints: z.enum(['keep', 'forget']) });
const BlockArgs = z.object({ block: z.string().regex(/^-?\d+$/) });

runChild<ProcessorConfig, ProcessorReport>({
  name: 'processor',
  config: ProcessorConfig,
  async start(first, link) {
    let config = first;
    const log = await openLog(config.logDir, 'processor');
    const { admin } = connectKafka(config.kafka, { clientIdSuffix: 'processor-admin', log });
    const report = (): ProcessorReport => {
      const told = lines?.report() ?? null;
      if (told === null) throw new Error('There is nothing to report yet.');
      return told;
    };
    const hooks: EngineHooks = {
      changed: (closed) => {
        if (lines !== null) link.report(report, closed);
      },
      waiting: (reason) => link.waiting(reason),
      incident: (note) => link.incident(note),
      fatal: (error, retry) => link.fatal(error, retry),
    };
    let lines: Lines | null = null;
    const started = await Lines.start(config, { hooks, log, admin });
    lines = started;
    hooks.changed();

    return {
      running: {
        configure(next) {
          config = next;
          started.configure(next);
        },
        async drain() {
          await started.drain();
          hooks.changed();
          await admin.close();
        },
        call(method, args) {
          if (method === PROCESSOR_CALLS.digests)
            return Promise.resolve(started.live.digests(DigestsArgs.parse(args).blocks));
          if (method === PROCESSOR_CALLS.block)
            return Promise.resolve(started.live.block(BlockArgs.parse(args).block));
          if (method === PROCESSOR_CALLS.forget) {
            const { query, savepoints } = ForgetArgs.parse(args);
            return started.forget(config, query, savepoints).then(() => null);
          }
          const answer = answerLineCall(method, args, started);
          if (answer !== null) return answer;
          throw new LiveDbError({
            code: 'unknown-call',
            message: `The processor knows no call "${method}".`,
          });
        },
      },
    };
  },
});
