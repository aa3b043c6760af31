// Queries that are paused or dropped, in the processor as a process: what they show after the process began anew, and what
// can be done with their states.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAdmin } from '../../src/clients/kafka.ts';
import { readKept } from '../../src/clients/line-folder.ts';
import { PROCESSOR_CALLS, type ProcessorReport } from '../../src/shared/link.ts';
import type { QuerySpec } from '../../src/shared/query.ts';
import type { SideQuery } from '../../src/shared/settings.ts';
import type { LineReport, StateInfo } from '../../src/shared/states.ts';
import { ChildProgram } from '../support/child-program.ts';
import {
  Events,
  processorConfig,
  publish,
  QUICK_QUERY,
  type RunningBroker,
  readResults,
  startBroker,
  startProcessor,
} from '../support/processor-line.ts';
import { tempDir } from '../support/temp-dir.ts';

const SIDE: QuerySpec = { ...QUICK_QUERY, name: 'side', groupBy: ['region'] };

describe('queries beside the live one', () => {
  const dir = tempDir('paused-queries');
  let broker: RunningBroker;
  let processor: ChildProgram<ProcessorReport>;
  const events = new Events(21);

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
  const ask = <T>(method: string, args: object) => processor.ask<T>(method, { query: 'side', ...args });
  /** What stays as it is while nothing is read. */
  const standing = (line: LineReport | undefined) => {
    const { events, results, late, offsets, watermark, openWindows, groups, paused, partitions } =
      line ?? ({} as LineReport);
    const places = partitions?.map(({ partition, offset, maxTime }) => [partition, offset, maxTime]);
    return { events, results, late, offsets, watermark, openWindows, groups, paused, places };
  };

  it('show how they stood when they were paused, also after the processor was killed, and their states are at hand', async () => {
    processor = await startProcessor(configOf(false));
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
    await processor.until(() => side()?.lag.events === 150, 'the place of then');
    expect(side()).toMatchObject({ events: 400, paused: true, openWindows: 0 });
    await ask(PROCESSOR_CALLS.restore, { id: before });
    await expect.poll(() => standing(side())).toEqual(paused);
    await ask(PROCESSOR_CALLS.deleteState, { id: 'savepoint-paused' });
    const listed = await ask<StateInfo[]>(PROCESSOR_CALLS.states, {});
    expect(listed.map(({ id }) => id)).toEqual(expect.arrayContaining(['savepoint-running', before]));
    expect(listed.map(({ id }) => id)).not.toContain('savepoint-paused');

    processor.configure(configOf(false));
    await processor.until(() => side()?.events === 450 && side()?.lag.events === 0, 'it goes on');
  });

  it('go on from the savepoint of one that was dropped, under its name or another, as if it had never stopped', async () => {
    const config = configOf(false);
    const [first] = config.settings.queries;
    const withQueries = (queries: SideQuery[]) =>
      processor.configure({ ...config, settings: { ...config.settings, queries } });
    const line = (query: string) => processor.lastReport?.lines.find((one) => one.query === query);
    const twin = { ...first, spec: { ...SIDE, name: 'twin' } } as SideQuery;
    withQueries([first as SideQuery, twin]);
    await processor.until(() => line('twin')?.events === 450, 'the twin');
    const kept = await ask<StateInfo>(PROCESSOR_CALLS.save, { name: 'dropped-1' });
    withQueries([twin]);
    await processor.call(PROCESSOR_CALLS.forget, { query: 'side', savepoints: 'keep' });
    const { dataDir } = config;
    const left = await readKept(dataDir, broker.endpoint, ['live', 'twin']);
    expect(left.map(({ query, id }) => `${query} ${id}`)).toContain(`side ${kept.id}`);
    expect(left.find(({ id }) => id === kept.id)?.spec).toEqual(SIDE);
    expect(left.every(({ kind }) => kind === 'savepoint')).toBe(true);

    // Events that belong to windows of before too.
    await publish(broker.endpoint, events.make(100, Date.now()));
    const begin = { query: 'side', id: kept.id };
    const again = { ...twin, spec: SIDE, born: 2, begin };
    const renamed = { ...twin, spec: { ...SIDE, name: 'renamed' }, born: 3, begin };
    withQueries([twin, again, renamed]);
    // The events dated a minute ahead stay in an open window.
    for (const name of ['twin', 'side', 'renamed'])
      await processor.until(() => line(name)?.events === 550 && line(name)?.openWindows === 1, name, 20_000);
    await processor.kill();
    processor = new ChildProgram('stages/processor');
    await processor.start({ ...config, settings: { ...config.settings, queries: [twin, again, renamed] } });
    for (const name of ['twin', 'side', 'renamed'])
      await processor.until(() => line(name)?.events === 550, `${name} after a kill`, 20_000);
    await expect.poll(() => newestOf('side'), { timeout: 10_000 }).toEqual(await newestOf('twin'));
    // Only what came after the savepoint is published under the new name.
    const own = await newestOf('renamed');
    const all = await newestOf('twin');
    expect(own.size).toBeGreaterThan(0);
    for (const [key, figures] of own) expect(figures).toBe(all.get(key));
    expect(processor.incidents.map(({ code }) => code)).not.toContain('state-gone');
    await processor.drain();
  });

  /** Figures of the newest revision by window and group; no revision may be there twice. */
  async function newestOf(query: string): Promise<Map<string, string>> {
    const found = (await readResults(broker.endpoint)).filter(({ result }) => result.query === query);
    expect(new Set(found.map(({ key, result }) => `${key} ${result.revision}`)).size).toBe(found.length);
    const newest = new Map<string, { revision: number; figures: string }>();
    for (const { key, result } of found) {
      const { revision, query: _, ...figures } = result;
      if ((newest.get(key)?.revision ?? -1) < revision)
        newest.set(key, { revision, figures: JSON.stringify(figures) });
    }
    return new Map([...newest].map(([key, { figures }]) => [key, figures] as const).sort());
  }
});
