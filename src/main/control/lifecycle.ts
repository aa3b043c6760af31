// The life of one supervised child as a pure state machine: input and time in, next machine and effects out.
// supervisor.ts runs the effects. There is never more than one child: `fork` comes only out of states without one.
import type { LiveDbErrorData } from '../../shared/errors.ts';
import { DRAIN_TIMEOUT_MS } from '../../shared/link.ts';
import { crashLoop, endReason } from './life-reasons.ts';

export type Life =
  | { state: 'stopped' }
  | { state: 'starting'; since: number }
  | { state: 'running'; since: number }
  /** `again`: a start was asked for meanwhile; the part comes up again once its child is gone. */
  | { state: 'stopping'; since: number; again: boolean }
  | { state: 'backing-off'; retryAt: number; error: LiveDbErrorData }
  | { state: 'failed'; error: LiveDbErrorData };

/** Why we ended the child ourselves, when we did. */
export type KilledFor = 'person' | 'silence' | 'drain' | 'start';

export interface Machine {
  life: Life;
  /** Whether a child process is alive (as far as we were told). */
  child: boolean;
  killedFor: KilledFor | null;
  /** Weight of recent failures; health takes it down again. */
  strikes: number;
  restarts: number;
  /** Epoch ms at which the last child ended without being asked to; null once that is made good. */
  downSince: number | null;
}

export type Input =
  | { type: 'start' }
  | { type: 'stop' }
  /** The chaos button. */
  | { type: 'kill' }
  | { type: 'hello' }
  | { type: 'ready' }
  /** Nothing was heard from the child for too long. */
  | { type: 'silent' }
  /** The timer of the present state ran out. */
  | { type: 'timer' }
  | {
      type: 'exit';
      code: number | null;
      signal: string | null;
      fatal: { error: LiveDbErrorData; retry: boolean } | null;
    };

export type News =
  | {
      kind: 'ended';
      how: 'killed' | 'killed-outside' | 'crashed' | 'hung' | 'left';
      error: LiveDbErrorData;
      retryInMs: number | null;
    }
  | { kind: 'failed'; error: LiveDbErrorData }
  | { kind: 'back'; afterMs: number }
  | { kind: 'drain-timeout' };

export type Effect =
  | { type: 'fork' }
  | { type: 'send-start' }
  | { type: 'drain' }
  | { type: 'kill' }
  /** Replaces the timer that is armed; every state has at most one. */
  | { type: 'timer'; ms: number }
  | { type: 'tell'; news: News };

export interface Step {
  machine: Machine;
  effects: Effect[];
}

export interface LifeRules {
  /** Shown in messages: "writer", "PostgreSQL". */
  name: string;
  /** A child that is not ready by then has failed, ms. */
  startTimeoutMs: number;
}

/** Pauses before the 1st, 2nd … restart in a row, ms: the first comes nearly at once. */
export const PAUSES_MS = [100, 250, 500, 1_000, 2_000, 5_000] as const;
/** A part with this much recent failure is given up: about 14 s of trying, for one that crashes at once each time. */
export const CRASH_LOOP_STRIKES = 8;
/** Health for this long takes one strike away: 30 s forgive nearly everything. */
export const STRIKE_FORGIVEN_MS = 4_000;
/** A kill from outside says little about the part itself, so a kill every second never adds up to a crash loop. */
const STRIKE_OF_OUTSIDE_KILL = 0.25;
/** A start that never comes to its end may be the machine's load: it is tried three times, each with its whole patience. */
const STRIKES_OF_NO_START = 3;
/** Our own kill takes effect at once; a child that outlives it this long is reported on, and killed again. */
const KILL_AGAIN_MS = 2_000;

export const newMachine = (): Machine => ({
  life: { state: 'stopped' },
  child: false,
  killedFor: null,
  strikes: 0,
  restarts: 0,
  downSince: null,
});

/** One step of the machine. `now` in epoch ms. */
export function step(machine: Machine, input: Input, now: number, rules: LifeRules): Step {
  const { life } = machine;
  switch (input.type) {
    case 'start':
      if (life.state === 'stopping') return stay({ ...machine, life: { ...life, again: true } });
      if (life.state === 'starting' || life.state === 'running') return stay(machine);
      return fork({ ...machine, strikes: 0 }, now, rules);
    case 'stop':
      return stop(machine, now);
    case 'kill':
      if (!machine.child) return stay(machine);
      return { machine: { ...machine, killedFor: 'person' }, effects: [{ type: 'kill' }] };
    case 'hello':
      return life.state === 'starting' ? { machine, effects: [{ type: 'send-start' }] } : stay(machine);
    case 'ready':
      return life.state === 'starting' ? running(machine, now) : stay(machine);
    case 'silent':
      if (!machine.child || machine.killedFor !== null) return stay(machine);
      return { machine: { ...machine, killedFor: 'silence' }, effects: [{ type: 'kill' }] };
    case 'timer':
      return timer(machine, now, rules);
    case 'exit':
      return exit(machine, input, now, rules);
  }
}

const stay = (machine: Machine): Step => ({ machine, effects: [] });

function fork(machine: Machine, now: number, rules: LifeRules): Step {
  return {
    machine: { ...machine, life: { state: 'starting', since: now }, child: true, killedFor: null },
    // The timer first: a fork that throws is an exit at once, whose own timer must stay.
    effects: [{ type: 'timer', ms: rules.startTimeoutMs }, { type: 'fork' }],
  };
}

function running(machine: Machine, now: number): Step {
  const effects: Effect[] =
    machine.downSince === null
      ? []
      : [{ type: 'tell', news: { kind: 'back', afterMs: now - machine.downSince } }];
  return { machine: { ...machine, life: { state: 'running', since: now }, downSince: null }, effects };
}

function stop(machine: Machine, now: number): Step {
  const { life } = machine;
  switch (life.state) {
    case 'stopped':
      return stay(machine);
    case 'stopping':
      return stay({ ...machine, life: { ...life, again: false } });
    case 'backing-off':
    case 'failed':
      return stay({ ...machine, life: { state: 'stopped' }, downSince: null });
    case 'starting':
    case 'running':
      return {
        machine: { ...machine, life: { state: 'stopping', since: now, again: false }, downSince: null },
        effects: [{ type: 'drain' }, { type: 'timer', ms: DRAIN_TIMEOUT_MS }],
      };
  }
}

function timer(machine: Machine, now: number, rules: LifeRules): Step {
  const { life } = machine;
  switch (life.state) {
    case 'backing-off': {
      if (now < life.retryAt) {
        return { machine, effects: [{ type: 'timer', ms: life.retryAt - now }] };
      }
      return fork({ ...machine, restarts: machine.restarts + 1 }, now, rules);
    }
    case 'starting':
      return {
        machine: { ...machine, killedFor: machine.killedFor ?? 'start' },
        effects: [{ type: 'kill' }, { type: 'timer', ms: KILL_AGAIN_MS }],
      };
    case 'stopping':
      return {
        machine: { ...machine, killedFor: machine.killedFor ?? 'drain' },
        effects: [
          ...(machine.killedFor === null
            ? [{ type: 'tell', news: { kind: 'drain-timeout' } } satisfies Effect]
            : []),
          { type: 'kill' },
          { type: 'timer', ms: KILL_AGAIN_MS },
        ],
      };
    case 'stopped':
    case 'running':
    case 'failed':
      return stay(machine);
  }
}

function exit(
  machine: Machine,
  input: Extract<Input, { type: 'exit' }>,
  now: number,
  rules: LifeRules,
): Step {
  const { life } = machine;
  const gone: Machine = { ...machine, child: false, killedFor: null };
  if (life.state === 'stopping') {
    if (!life.again) return stay({ ...gone, life: { state: 'stopped' } });
    return fork({ ...gone, strikes: 0 }, now, rules);
  }
  if (life.state !== 'starting' && life.state !== 'running') return stay(gone);

  const how = howEnded(machine, input);
  const error = endReason(machine.killedFor, input, rules);
  const finalFailure = input.fatal?.retry === false;
  const healthyMs = life.state === 'running' ? now - life.since : 0;
  const forgiven = Math.max(0, machine.strikes - healthyMs / STRIKE_FORGIVEN_MS);
  const strikes = forgiven + (machine.killedFor === 'start' ? STRIKES_OF_NO_START : weight(how));
  const told: Effect = { type: 'tell', news: { kind: 'ended', how, error, retryInMs: null } };
  if (finalFailure || strikes >= CRASH_LOOP_STRIKES) {
    const plain = finalFailure || machine.killedFor === 'start';
    const failure = plain ? error : crashLoop(error, rules);
    return {
      machine: { ...gone, strikes, life: { state: 'failed', error: failure }, downSince: null },
      effects: [told, { type: 'tell', news: { kind: 'failed', error: failure } }],
    };
  }
  const pause = pauseMs(strikes);
  return {
    machine: {
      ...gone,
      strikes,
      life: { state: 'backing-off', retryAt: now + pause, error },
      downSince: machine.downSince ?? now,
    },
    effects: [
      { type: 'tell', news: { kind: 'ended', how, error, retryInMs: pause } },
      { type: 'timer', ms: pause },
    ],
  };
}

/** Pause before the next try, ms, given the weight of recent failures. */
export function pauseMs(strikes: number): number {
  const index = Math.max(0, Math.min(PAUSES_MS.length, Math.ceil(strikes)) - 1);
  return PAUSES_MS[index] ?? PAUSES_MS[0];
}

type How = Extract<News, { kind: 'ended' }>['how'];

function howEnded(machine: Machine, input: Extract<Input, { type: 'exit' }>): How {
  if (machine.killedFor === 'person') return 'killed';
  if (machine.killedFor !== null) return 'hung';
  if (input.fatal !== null) return 'crashed';
  if (input.signal === 'SIGKILL' || input.signal === 'SIGTERM') return 'killed-outside';
  return input.code === 0 ? 'left' : 'crashed';
}

function weight(how: How): number {
  switch (how) {
    case 'killed':
      return 0;
    case 'killed-outside':
    case 'left':
      return STRIKE_OF_OUTSIDE_KILL;
    case 'crashed':
    case 'hung':
      return 1;
  }
}
