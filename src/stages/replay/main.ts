// One replay as a process of its own: reads or publishes what the preview fixed, reports, and ends with exit code 0.
// Started by the control plane; `drain` cancels it.
import { setPriority } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { type ChildLink, runChild } from '../../clients/link.ts';
import { type Logger, openLog } from '../../clients/log.ts';
import { LiveDbError } from '../../shared/errors.ts';
import type { WindowResult } from '../../shared/event.ts';
import { ReplayConfig, type ReplayReport } from '../../shared/link.ts';
import { replayProcessor } from './branch.ts';
import { republish } from './republish.ts';

/** Results in one report, and results that wait for a report before the reading pauses. */
const MAX_TOLD = 2_000;
const MAX_UNTOLD = 10_000;
const PATIENCE_MS = 10;
/** Below normal: the live line comes first. */
const NICE = 10;

runChild<ReplayConfig, ReplayReport>({
  name: 'replay',
  config: ReplayConfig,
  async start(config, link) {
    const log = await openLog(config.logDir, 'replay');
    try {
      setPriority(NICE);
    } catch (error) {
      log.debug({ error }, 'the priority could not be lowered');
    }
    const cancel = new AbortController();
    const work = replay(config, link, cancel.signal, log).then(
      () => {
        if (!cancel.signal.aborted) link.finish();
      },
      (error: unknown) => {
        if (cancel.signal.aborted) return;
        log.error({ error }, 'the replay failed');
        link.fatal(LiveDbError.dataOf(error), false);
      },
    );
    return {
      running: {
        async drain() {
          cancel.abort(new LiveDbError({ code: 'cancelled', message: 'The replay was cancelled.' }));
          await work;
        },
      },
    };
  },
});

async function replay(
  config: ReplayConfig,
  link: ChildLink<ReplayReport>,
  signal: AbortSignal,
  log: Logger,
): Promise<void> {
  const untold: WindowResult[] = [];
  let done = 0;
  let finished = false;
  const report = (): ReplayReport => {
    const results = untold.splice(0, MAX_TOLD);
    return { at: Date.now(), done, results, finished: finished && untold.length === 0 };
  };
  const toldUpTo = async (bound: number) => {
    while (untold.length > bound && !signal.aborted) {
      link.report(report);
      await pause(PATIENCE_MS);
    }
  };
  if (config.request.stage === 'producer') {
    await republish(
      config,
      (published) => {
        done = published;
        link.report(report);
      },
      signal,
    );
  } else {
    const outlet = {
      async progress(read: number, results: readonly WindowResult[]) {
        done = read;
        for (const result of results) untold.push(result);
        link.report(report);
        await toldUpTo(MAX_UNTOLD);
      },
      waiting: (reason: string | null) => link.waiting(reason),
    };
    await replayProcessor(config, outlet, signal, log);
    await toldUpTo(0);
  }
  signal.throwIfAborted();
  finished = true;
  link.report(report);
}
