// Runs the lifecycle of one part (a stage or an embedded service) with real effects: forks its child, arms timers,
// watches its beats. pipeline.ts and the services hold one of these per child; nobody else forks.
import { LiveDbError, type LiveDbErrorData } from '../../shared/errors.ts';
import { BEAT_TIMEOUT_MS } from '../../shared/link.ts';
import type { RunState } from '../../shared/names.ts';
import type { LifeStatus } from '../../shared/snapshot.ts';
import type { ForkedChild } from '../hosts/host.ts';
import { type Child, type ChildIncident, openChild } from './child.ts';
import type { Clock } from './clock.ts';
import { cpuSecondsOf } from './cpu-time.ts';
import {
  type Effect,
  type Input,
  type Life,
  type Machine,
  type News,
  newMachine,
  step,
} from './lifecycle.ts';
import { type Silence, type SilenceWatch, watchSilence } from './silence.ts';

export interface PartOptions {
  /** Shown in messages: "writer", "PostgreSQL server". */
  name: string;
  clock: Clock;
  startTimeoutMs: number;
  fork(): ForkedChild;
  /** Whole config of the child, made when it says hello; a throw ends the try as failed. */
  config(): unknown;
  /** Processor time of a process so far, s; null where that cannot be had. */
  cpuSeconds?(pid: number): Promise<number | null>;
  /** Pid to show instead of the child's own (PostgreSQL: the postmaster's); null for the child's. */
  shownPid?(): number | null;
  onReady?(info: unknown): void;
  onReport?(report: unknown): void;
  onIncident(incident: ChildIncident): void;
  onNews(news: News): void;
  onWaiting?(reason: string | null): void;
  /** Anything the screen shows of this part has changed. */
  onChange(): void;
  onGarbled(message: string): void;
}

export interface Part {
  readonly name: string;
  state(): RunState;
  status(): LifeStatus;
  /** Asks for it to run; resolves once it does, rejects with the reason when it fails or is stopped meanwhile. */
  start(): Promise<void>;
  /** Drains it; resolves once its child is gone. */
  stop(): Promise<void>;
  /** SIGKILL at once; false when there is no child to kill. */
  kill(): boolean;
  /** The next end of the child counts as the person's doing (PostgreSQL is killed through its own child). */
  expectKill(): void;
  /** Sends the present config to a running child. */
  configure(): void;
  call(method: string, args: unknown, timeoutMs: number): Promise<unknown>;
  /** To be called once a second: kills a child that hangs. */
  watch(): void;
}

/** A child that beats and says nothing of what it waits for is given up as stuck after this, ms. */
const LONGEST_START_MS = 120_000;

interface Waiter {
  until: 'running' | 'gone';
  resolve(): void;
  reject(error: LiveDbError): void;
}

export function createPart(options: PartOptions): Part {
  const { name, clock, cpuSeconds = cpuSecondsOf } = options;
  const rules = { name, startTimeoutMs: options.startTimeoutMs };
  let machine: Machine = newMachine();
  let child: Child | null = null;
  let disarm: (() => void) | null = null;
  let waitingFor: string | null = null;
  let usage: { cpu: number | null; rssBytes: number | null } = { cpu: null, rssBytes: null };
  let waiters: Waiter[] = [];
  let silenced = false;
  let greeted = false;
  /** The child's own reason to wait, and whether its silence stands in front of it. */
  let childWaitsFor: string | null = null;
  let silenceSaid = false;
  let silence: SilenceWatch | null = null;
  /** Settings changed after the child was told what to do and before it was ready: it is told again then. */
  let outdated = false;

  const input = (given: Input) => {
    const before = machine.life;
    const next = step(machine, given, clock.now(), rules);
    machine = next.machine;
    if (machine.life.state !== before.state) disarmTimer();
    if (!machine.child) {
      child = null;
      usage = { cpu: null, rssBytes: null };
    }
    if (machine.life.state !== 'starting' && machine.life.state !== 'running') setWaiting(null);
    for (const effect of next.effects) run(effect);
    settle();
    options.onChange();
  };

  const disarmTimer = () => {
    disarm?.();
    disarm = null;
  };

  const setWaiting = (reason: string | null) => {
    if (reason === waitingFor) return;
    waitingFor = reason;
    options.onWaiting?.(reason);
  };

  const arm = (ms: number) => {
    disarmTimer();
    disarm = clock.after(ms, () => {
      disarm = null;
      if (
        machine.life.state === 'starting' &&
        machine.killedFor === null &&
        mayStillStart(machine.life.since)
      ) {
        return arm(rules.startTimeoutMs);
      }
      input({ type: 'timer' });
    });
  };

  /** A child that says what it waits for, or beats, is not stuck: its peer is away, or the machine is busy. */
  const mayStillStart = (since: number): boolean => {
    if (waitingFor !== null) return true;
    const now = clock.now();
    const heard = greeted && child !== null && now - child.heardAt() < BEAT_TIMEOUT_MS;
    return heard && now - since < LONGEST_START_MS;
  };

  const run = (effect: Effect) => {
    switch (effect.type) {
      case 'fork':
        return fork();
      case 'send-start':
        return sendStart();
      case 'drain':
        return child?.send({ type: 'drain' });
      case 'kill':
        return child?.kill();
      case 'timer':
        return arm(effect.ms);
      case 'tell':
        return options.onNews(effect.news);
    }
  };

  const fork = () => {
    silenced = false;
    greeted = false;
    silenceSaid = false;
    childWaitsFor = null;
    try {
      const forked = options.fork();
      const mine = openChild(name, forked, clock, {
        hello: () => {
          greeted = true;
          input({ type: 'hello' });
        },
        ready: (info) => {
          if (child !== mine) return;
          childWaitsFor = null;
          setWaiting(null);
          try {
            options.onReady?.(info);
          } catch (error) {
            options.onGarbled(`ready: ${LiveDbError.dataOf(error).message}`);
          }
          input({ type: 'ready' });
          if (outdated) configure();
        },
        beat: (beat) => {
          usage = { cpu: beat.cpu, rssBytes: beat.rssBytes };
          if (!silenceSaid || child !== mine) return;
          silenceSaid = false;
          setWaiting(childWaitsFor);
          options.onChange();
        },
        report: (report) => options.onReport?.(report),
        waiting: (reason) => {
          childWaitsFor = reason;
          silenceSaid = false;
          setWaiting(reason);
          options.onChange();
        },
        incident: options.onIncident,
        garbled: options.onGarbled,
        exit: (code, signal, fatal) => {
          if (child === mine) input({ type: 'exit', code, signal, fatal });
        },
      });
      child = mine;
      silence = watchSilence(
        () => clock.now(),
        async () => (mine.pid === undefined ? null : cpuSeconds(mine.pid)),
      );
    } catch (error) {
      const data: LiveDbErrorData = {
        code: 'fork-failed',
        message: `The process of the ${name} could not be made: ${LiveDbError.dataOf(error).message}`,
      };
      input({ type: 'exit', code: null, signal: null, fatal: { error: data, retry: true } });
    }
  };

  const configure = () => {
    outdated = machine.life.state === 'starting';
    if (machine.life.state === 'running') child?.send({ type: 'configure', config: options.config() });
  };

  const sendStart = () => {
    outdated = false;
    try {
      child?.send({ type: 'start', config: options.config() });
    } catch (error) {
      options.onIncident({
        severity: 'error',
        title: `The ${name} could not be told what to do`,
        ...told(error),
      });
      child?.kill();
    }
  };

  const settle = () => {
    const { life } = machine;
    const open = waiters;
    waiters = [];
    for (const waiter of open) {
      const answer = outcome(waiter, life, machine.child, name);
      if (answer === 'wait') waiters.push(waiter);
      else if (answer === 'done') waiter.resolve();
      else waiter.reject(answer);
    }
  };

  const wait = (until: Waiter['until']) =>
    new Promise<void>((resolve, reject) => {
      waiters.push({ until, resolve, reject });
      settle();
    });

  return {
    name,
    state: () => machine.life.state,
    status: () => ({
      state: machine.life.state,
      pid: child === null ? null : (options.shownPid?.() ?? child.pid ?? null),
      restarts: machine.restarts,
      since: machine.life.state === 'running' ? machine.life.since : null,
      retryAt: machine.life.state === 'backing-off' ? machine.life.retryAt : null,
      error:
        machine.life.state === 'backing-off' || machine.life.state === 'failed' ? machine.life.error : null,
      waiting: waitingFor,
      ...usage,
    }),
    start() {
      input({ type: 'start' });
      return wait('running');
    },
    stop() {
      input({ type: 'stop' });
      return wait('gone');
    },
    kill() {
      if (child === null) return false;
      input({ type: 'kill' });
      return true;
    },
    expectKill() {
      machine = { ...machine, killedFor: machine.child ? 'person' : null };
    },
    configure,
    call(method, args, timeoutMs) {
      if (child === null || machine.life.state !== 'running') {
        return Promise.reject(
          new LiveDbError({
            code: 'not-running',
            message: `The ${name} does not run.`,
            remedy: 'Start it first.',
          }),
        );
      }
      return child.call(method, args, timeoutMs);
    },
    watch() {
      // Until its first word a process is being made, which takes a loaded machine its time: its start is bounded elsewhere.
      if (child === null || silence === null || silenced || !greeted) return;
      const found = silence.look(child.heardAt());
      if (found.kind === 'heard') return;
      if (found.kind === 'hung') {
        silenced = true;
        return input({ type: 'silent' });
      }
      if (machine.life.state !== 'running') return;
      silenceSaid = true;
      setWaiting(silenceInWords(found));
      options.onChange();
    },
  };
}

function silenceInWords(found: Exclude<Silence, { kind: 'heard' | 'hung' }>): string {
  if (found.kind === 'silent') {
    return `no sign of life; it is started again after ${BEAT_TIMEOUT_MS / 1000} s of silence`;
  }
  return `the machine is too busy: it gets only ${Math.round(found.share * 100)} % of a processor core`;
}

function told(error: unknown): { code: string; cause: string; remedy: string | null } {
  const data = LiveDbError.dataOf(error);
  return { code: data.code, cause: data.message, remedy: data.remedy ?? null };
}

function outcome(waiter: Waiter, life: Life, child: boolean, name: string): 'wait' | 'done' | LiveDbError {
  if (waiter.until === 'gone') {
    // A start that came meanwhile takes over: the stop was carried out, the part merely comes up again.
    if (!child) return 'done';
    return life.state === 'stopping' && !life.again ? 'wait' : 'done';
  }
  switch (life.state) {
    case 'running':
      return 'done';
    case 'failed':
      return new LiveDbError(life.error);
    case 'stopped':
      return stoppedMeanwhile(name);
    case 'stopping':
      return life.again ? 'wait' : stoppedMeanwhile(name);
    case 'starting':
    case 'backing-off':
      return 'wait';
  }
}

function stoppedMeanwhile(name: string): LiveDbError {
  return new LiveDbError({
    code: 'stopped-meanwhile',
    message: `The ${name} was stopped while it was starting.`,
  });
}
