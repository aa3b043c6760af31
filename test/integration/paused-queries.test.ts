// A query that is paused, in the processor as a process: it shows how it stood after the process began anew, and its
// states can be used as those of a query that runs.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAdmin } from '../../src/clients/kafka.ts';
import { PROCESSOR_CALLS, type ProcessorReport } from '../../src/shared/link.ts';
import type { QuerySpec } from '../../src/shared/query.ts';
import type { LineReport, StateInfo } from '../../src/shared/states.ts';
import type { ChildProgram } from '../support/child-program.ts';
import {
  Events,
  processorConfig,
  publish,
  QUICK_QUERY,
  type RunningBroker,
  startBroker,
  startProcessor,
} from '../support/processor-line.ts';
import { tempDir } from '../support/temp-dir.ts';

const SIDE: QuerySpec = { ...QUICK_QUERY, name: 'side', groupBy: ['region'] };

describe('a paused query', () => {
  const dir = tempDir('paused-queries');
  let broker: RunningBroker;
  let processor: ChildProgram<ProcessorReport>;

  beforeAll(async () => {
    broker = await startBroker(`${dir.path}/broker`);
    const admin = openAdmin(broker.endpoint, { clientIdSuffix: 'test' });
    const { topic, resultsTopic } = broker.endpoint;
    await admin.ensureTopics([topic, resultsTopic].map((name) => ({ name, partitions: 3 })));
    await admin.close();
  });
  afterAll(async () => {
    await processor?.kill();
    await broker.child.kill();
    dir[Symbol.dispose]();
  });

  const configOf = (paused: boolean) => {
    const config = processorConfig(`${dir.path}/line`, broker.endpoint);
    const side = { spec: SIDE, paused, born: 1, fresh: 0, now: 0 };
    return { ...config, settings: { ...config.settings, queries: [side] } };
  };
  const side = () => processor.lastReport?.lines.find(({ query }) => query === 'side');
  const ask = async <T>(method: string, args: object): Promise<T> => {
    const answer = await processor.call(method, { query: 'side', ...args });
    if (answer.type === 'refusal') throw new Error(`${answer.error.code}: ${answer.error.message}`);
    return (answer.type === 'reply' ? answer.result : null) as T;
  };
  /** What stays as it is while nothing is read. */
  const standing = (line: LineReport | undefined) => {
    const { events, results, late, offsets, watermark, openWindows, groups, paused, partitions } =
      line ?? ({} as LineReport);
    const places = partitions?.map(({ partition, offset, maxTime }) => [partition, offset, maxTime]);
    return { events, results, late, offsets, watermark, openWindows, groups, paused, places };
  };

  it('shows how it stood, also after the processor was killed, and its states are at hand', async () => {
    processor = await startProcessor(configOf(false));
    const events = new Events(21);
    await publish(broker.endpoint, events.make(300, Date.now()));
    await processor.until(() => side()?.events === 300 && side()?.openWindows === 0, 'all is counted');
    await ask(PROCESSOR_CALLS.save, { name: 'running' });
    await publish(broker.endpoint, events.make(100, Date.now() + 60_000));
    await processor.until(() => side()?.events === 400, 'more is counted');
    processor.configure(configOf(true));
    await processor.until(() => side()?.paused === true && side()?.checkpoint !== null, 'the pause');
    const paused = standing(side());
    expect(paused).toMatchObject({ events: 400, paused: true });
    expect(paused.groups).toBeGreaterThan(0);
    await publish(broker.endpoint, events.make(50, Date.now()));

    await processor.kill();
    processor = await startProcessor(configOf(true));
    await processor.until(() => (side()?.events ?? 0) > 0, 'what the paused query says');
    expect(standing(side())).toEqual(paused);
    expect(side()).toMatchObject({ error: null, lag: { events: 50 } });

    const saved = await ask<StateInfo>(PROCESSOR_CALLS.save, { name: 'paused' });
    expect(saved).toMatchObject({ id: 'savepoint-paused', events: 400 });
    await expect(ask(PROCESSOR_CALLS.save, { name: 'paused' })).rejects.toThrow('state.taken');
    const { before } = await ask<{ before: string }>(PROCESSOR_CALLS.restore, { id: 'savepoint-running' });
    // What was counted stays counted; windows and place are those of then.
    expect(side()).toMatchObject({ events: 400, paused: true, openWindows: 0, lag: { events: 150 } });
    await ask(PROCESSOR_CALLS.restore, { id: before });
    expect(standing(side())).toEqual(paused);
    await ask(PROCESSOR_CALLS.deleteState, { id: 'savepoint-paused' });
    const listed = await ask<StateInfo[]>(PROCESSOR_CALLS.states, {});
    expect(listed.map(({ id }) => id)).toEqual(expect.arrayContaining(['savepoint-running', before]));
    expect(listed.map(({ id }) => id)).not.toContain('savepoint-paused');

    processor.configure(configOf(false));
    await processor.until(() => side()?.events === 450 && side()?.lag.events === 0, 'it goes on');
    await processor.drain();
  });
});
