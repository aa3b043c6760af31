// Faults on purpose: one by one or in a run drawn from a seed, each with its scorecard. plane.ts makes one; the commands
// `chaos.*` call it.
import { randomUUID } from 'node:crypto';
import {
  type ChaosInject,
  type ChaosRunRequest,
  type ChaosStatus,
  type ChaosTarget,
  delayOf,
  type Fault,
  isPublished,
  type Scorecard,
} from '../../../shared/chaos.ts';
import { LiveDbError } from '../../../shared/errors.ts';
import { type Clock, until } from '../clock.ts';
import type { Incidents } from '../incidents.ts';
import { type Detours, linksOf, stagesOf } from './detours.ts';
import { checkPoison } from './poison.ts';
import { type ChaosRuns, type ChaosRunsOptions, createChaosRuns } from './run.ts';
import { isSettled, observe, type View } from './scorecard.ts';
import { slowDisk } from './slow-disk.ts';

export interface Chaos {
  /** Resolves with the id of the scorecard once the fault has struck. */
  inject(request: ChaosInject): Promise<{ id: string }>;
  run(request: ChaosRunRequest): Promise<{ id: string; seed: number }>;
  /** Ends the run and lifts every fault. */
  stop(): Promise<void>;
  status(): ChaosStatus;
  /** Called each second. */
  tick(): void;
  /** The injector itself is closed after the stages, whose connections may go through it. */
  close(): Promise<void>;
}

export interface ChaosOptions {
  clock: Clock;
  incidents: Incidents;
  detours: Detours;
  view(): View;
  kill(target: ChaosTarget): Promise<void>;
  pids(target: ChaosTarget): Promise<number[]>;
  /** Has the embedded broker delay its writes by so much for so long. */
  delayWrites(delayMs: number, ms: number): Promise<void>;
  /** Whether it is a service that someone else runs. */
  foreign(target: ChaosTarget): boolean;
  /** Puts poison or doubled events on the topic; gives how many. */
  publish(request: ChaosInject): Promise<number>;
  audit: ChaosRunsOptions['audit'];
  onChange(): void;
  onFault(error: unknown): void;
  platform?: NodeJS.Platform;
}

const LOOK_MS = 50;
const KEPT = 20;
const MOST_AT_ONCE = 8;
/** What goes on from before is waited for this long before a fault strikes. */
const QUIET_MS = 5_000;

const TITLES: Record<Exclude<Fault, 'kill' | 'poison' | 'double'>, string> = {
  freeze: 'was frozen',
  cut: 'was cut off the network',
  slow: 'was slowed down',
  'slow-disk': 'had a slow disk',
};
const SHOWN: Record<ChaosTarget, string> = {
  writer: 'The writer',
  producer: 'The producer',
  processor: 'The processor',
  postgres: 'PostgreSQL',
  kafka: 'Kafka',
};

export function createChaos(options: ChaosOptions): Chaos {
  const { clock, detours, incidents } = options;
  let cards: Scorecard[] = [];
  /** Lifts the faults that are in force, by card. */
  const inForce = new Map<string, () => Promise<void>>();
  let closed = false;

  const put = (card: Scorecard) => {
    const index = cards.findIndex(({ id }) => id === card.id);
    cards = index >= 0 ? cards.with(index, card) : [card, ...cards].slice(0, KEPT);
    options.onChange();
  };
  const cardOf = (id: string) => cards.find((card) => card.id === id);
  const watched = (id: string) => cardOf(id)?.state === 'running';

  const windows = (options.platform ?? process.platform) === 'win32';
  const possible = (fault: Fault, target: ChaosTarget) => {
    if (fault === 'cut' || fault === 'slow') return true;
    if (isPublished(fault) && target !== 'kafka') return false;
    // Windows cannot hold the processes of PostgreSQL.
    if (fault === 'slow-disk' && target !== 'kafka' && (target !== 'postgres' || windows)) return false;
    return !options.foreign(target);
  };

  const watch = (id: string, before: View) => {
    const look = () => {
      const card = cardOf(id);
      if (closed || card === undefined || card.state !== 'running') return;
      const next = observe(card, before, options.view());
      if (JSON.stringify(next) !== JSON.stringify(card)) put(next);
      clock.after(LOOK_MS, look);
    };
    look();
  };

  const lifted = (id: string) => {
    inForce.delete(id);
    incidents.end(`chaos:${id}`);
    const card = cardOf(id);
    if (card !== undefined && card.liftedAt === null) put({ ...card, liftedAt: clock.now() });
  };

  /** Freezing is cutting off where processes cannot be frozen. */
  const standIn = (fault: Fault): Fault => (fault === 'freeze' && windows ? 'cut' : fault);

  /** `quiet`: in any case; else only after a restart of ours, which must not count as the fault's doing. */
  const prepare = async (fault: Fault, target: ChaosTarget, quiet: boolean) => {
    if (fault === 'freeze' || fault === 'slow-disk') await detours.ensure();
    const restarted = fault === 'cut' || fault === 'slow' ? await detours.prepare(stagesOf(target)) : false;
    if (!quiet && !restarted) return;
    const since = clock.now();
    const before = options.view();
    await until(clock, QUIET_MS, () => isSettled(before, options.view(), since - 1_000));
  };

  const strike = async (id: string, fault: Fault, request: ChaosInject): Promise<void> => {
    const { target, seconds, bytesPerSecond } = request;
    const delayMs = delayOf(request);
    if (fault === 'kill') {
      await options.kill(target);
      lifted(id);
      return;
    }
    if (fault === 'poison' || fault === 'double') {
      const card = cardOf(id);
      // Known before the first record is out: the processor may be quicker than the answer.
      if (card !== undefined) put({ ...card, published: request.count, dead: fault === 'poison' ? 0 : null });
      const published = await options.publish(request);
      const after = cardOf(id);
      if (after !== undefined) put({ ...after, published });
      incidents.add({
        severity: 'info',
        subject: target,
        code: `chaos-${fault}`,
        title:
          fault === 'poison'
            ? `${published} poison records were published`
            : `${published} events were published once more`,
        cause: 'It was asked for, to see what comes of it.',
      });
      lifted(id);
      return;
    }
    const links = linksOf(target);
    let lift: () => Promise<void>;
    if (fault === 'freeze') {
      const frozen = await detours.freeze(await options.pids(target), seconds * 1000);
      if (frozen === 0) throw notThere(target);
      lift = async () => undefined;
    } else if (fault === 'slow-disk') {
      lift = await slowDisk(options, target, delayMs, seconds * 1000);
    } else {
      await detours.set(links, fault === 'cut' ? { kind: 'cut' } : { kind: 'slow', delayMs, bytesPerSecond });
      lift = () => detours.set(links, { kind: 'pass' });
    }
    incidents.begin(`chaos:${id}`, {
      severity: 'info',
      subject: target,
      code: `chaos-${request.fault}`,
      title: `${SHOWN[target]} ${TITLES[fault]} for ${seconds} s`,
      cause: 'It was asked for, to see what comes of it.',
    });
    inForce.set(id, async () => {
      await lift().catch(options.onFault);
      lifted(id);
    });
    clock.after(seconds * 1000, () => void inForce.get(id)?.());
  };

  const inject = async (request: ChaosInject, run: string | null, quiet: boolean): Promise<string> => {
    const { target } = request;
    if (request.fault === 'poison') checkPoison(request);
    const allowed = isPublished(request.fault) && request.foreign;
    if (!allowed && !possible(request.fault, target)) throw notOurs(request.fault, target);
    const state = options.view().parts[target].state;
    if (state === 'stopped' || state === 'failed') throw notThere(target);
    if (inForce.size >= MOST_AT_ONCE) throw tooMany();
    const fault = standIn(request.fault);
    const id = randomUUID();
    const fresh: Scorecard = {
      id,
      run,
      fault: request.fault,
      target,
      seconds: fault === 'kill' || isPublished(fault) ? null : request.seconds,
      state: 'preparing',
      at: clock.now(),
      liftedAt: null,
      endedAt: null,
      detectMs: null,
      sign: null,
      recoverMs: null,
      lost: 0,
      doubled: 0,
      late: 0,
      p99Before: null,
      p99Highest: null,
      note:
        fault === request.fault ? null : 'Windows cannot freeze a process: its connections were cut instead.',
      published: null,
      dead: null,
    };
    put(fresh);
    try {
      await prepare(fault, target, quiet);
      const before = options.view();
      put({ ...fresh, state: 'running', at: clock.now(), p99Before: before.p99, p99Highest: before.p99 });
      watch(id, before);
      await strike(id, fault, request);
    } catch (error) {
      const card = cardOf(id) ?? fresh;
      put({ ...card, state: 'refused', endedAt: clock.now(), note: LiveDbError.dataOf(error).message });
      throw error;
    }
    return id;
  };

  const runs: ChaosRuns = createChaosRuns({
    clock,
    possible,
    view: options.view,
    inject,
    card: cardOf,
    overtake(id) {
      const card = cardOf(id);
      if (card?.state === 'running') put({ ...card, state: 'overtaken', endedAt: clock.now() });
    },
    audit: options.audit,
    onChange: options.onChange,
    onFault: options.onFault,
  });

  const liftAll = async () => {
    await Promise.all([...inForce.values()].map((lift) => lift()));
    await detours.liftAll();
  };

  return {
    inject: async (request) => ({ id: await inject(request, null, false) }),
    run: runs.start,
    async stop() {
      await runs.stop();
      await liftAll();
    },
    status: () => ({ run: runs.status(), scorecards: cards }),
    tick() {
      const busy = runs.going() || cards.some(({ id, state }) => state === 'preparing' || watched(id));
      detours.tidy(busy);
    },
    async close() {
      closed = true;
      await runs.stop();
      await liftAll().catch(options.onFault);
    },
  };
}

function notOurs(fault: Fault, target: ChaosTarget): LiveDbError {
  if (isPublished(fault)) {
    return new LiveDbError({
      code: 'chaos.not-ours',
      message: 'The topic stands on a cluster that LiveDB does not run; others may read it.',
      remedy: 'Send `"foreign": true` with the request if the records may be put there all the same.',
    });
  }
  return new LiveDbError({
    code: 'chaos.not-ours',
    message: `${SHOWN[target]} is not run by LiveDB: it cannot ${fault} what belongs to others.`,
    remedy: 'Cut or slow the connections to it instead: those are LiveDB’s own.',
  });
}

function notThere(target: ChaosTarget): LiveDbError {
  return new LiveDbError({
    code: 'not-running',
    message: `${SHOWN[target]} does not run, so there is nothing to break.`,
    remedy: 'Start it first.',
  });
}

function tooMany(): LiveDbError {
  return new LiveDbError({
    code: 'chaos.too-many',
    message: `${MOST_AT_ONCE} faults are in force already.`,
    remedy: 'Wait until some are over, or lift them all with chaos.stop.',
  });
}
