// A run of faults drawn from a seed, one after the other. chaos.ts makes one of these and injects what it asks for.
import { randomUUID } from 'node:crypto';
import {
  type ChaosAudit,
  ChaosInject,
  type ChaosRun,
  type ChaosRunRequest,
  type ChaosTarget,
  type Fault,
  type Scorecard,
} from '../../../shared/chaos.ts';
import { LiveDbError } from '../../../shared/errors.ts';
import { type Clock, until } from '../clock.ts';
import { type BegunAudit, confirm } from './confirmation.ts';
import { planChaos, type Step } from './plan.ts';
import { GIVEN_UP_MS, type View } from './scorecard.ts';
import { createTally, type Tally } from './tally.ts';

export interface ChaosRuns {
  start(request: ChaosRunRequest): Promise<{ id: string; seed: number }>;
  stop(): Promise<void>;
  going(): boolean;
  status(): ChaosRun | null;
}

export interface ChaosRunsOptions {
  clock: Clock;
  possible(fault: Fault, target: ChaosTarget): boolean;
  view(): View;
  /** `quiet`: wait until what was before is over. Resolves with the card's id once the fault has struck. */
  inject(request: ChaosInject, run: string, quiet: boolean): Promise<string>;
  card(id: string): Scorecard | undefined;
  /** The fault of this card is followed by the next one before it is recovered from. */
  overtake(id: string): void;
  /** Begins a full audit. */
  audit(): Promise<BegunAudit>;
  onChange(): void;
  onFault(error: unknown): void;
}

interface Going {
  id: string;
  request: ChaosRunRequest;
  tally: Tally;
  state: ChaosRun['state'];
  startedAt: number;
  endedAt: number | null;
  ended: Promise<void>;
  audit: ChaosAudit | null;
}

/** A target that is just starting again is waited for this long. */
const THERE_MS = 20_000;

export function createChaosRuns(options: ChaosRunsOptions): ChaosRuns {
  const { clock } = options;
  let last: Going | null = null;
  const stopped = () => last?.state !== 'running';

  const wait = (ms: number, done: () => boolean) => until(clock, ms, () => stopped() || done());

  const strike = async (run: Going, step: Step, quiet: boolean): Promise<string | null> => {
    await wait(THERE_MS, () => options.view().parts[step.target].state === 'running');
    if (stopped()) return null;
    try {
      const { fault, target, seconds } = step;
      return await options.inject(ChaosInject.parse({ fault, target, seconds }), run.id, quiet);
    } catch (error) {
      // Its card says that it was refused: the target ended by itself in that moment. Anything unknown is a fault of ours.
      if (error instanceof LiveDbError) return null;
      throw error;
    }
  };

  const work = async (run: Going) => {
    const { kills, seed, faults, targets, pauseMs } = run.request;
    const plan = planChaos({ seed, faults, targets, pauseMs, possible: options.possible });
    let overtaken: string | null = null;
    const close = (id: string) => {
      options.overtake(id);
      const card = options.card(id);
      if (card !== undefined) run.tally.add(card);
    };
    for (let struck = 0; struck < kills && !stopped(); ) {
      const step = plan.next().value;
      if (step === undefined) break;
      const id = await strike(run, step, overtaken === null);
      if (overtaken !== null) close(overtaken);
      overtaken = null;
      if (id === null) continue;
      struck += 1;
      const is = (wanted: (card: Scorecard) => boolean) => {
        const card = options.card(id);
        return card === undefined || wanted(card);
      };
      // The last one is always waited for: a run ends when all is well.
      const hurried = step.hurried && struck < kills;
      await wait(GIVEN_UP_MS + step.seconds * 1_000, () =>
        is((card) => (hurried ? card.liftedAt !== null : card.endedAt !== null)),
      );
      if (hurried) overtaken = id;
      else close(id);
      await wait(step.pauseMs, () => false);
      options.onChange();
    }
    if (overtaken !== null) close(overtaken);
    const whole = !stopped();
    if (whole) run.state = 'done';
    run.endedAt = clock.now();
    options.onChange();
    if (!whole) return;
    void confirm(options.audit, (audit) => {
      run.audit = audit;
      options.onChange();
    });
  };

  return {
    async start(request) {
      if (last?.state === 'running') {
        throw new LiveDbError({
          code: 'chaos.running',
          message: 'A chaos run goes on already.',
          remedy: 'Wait for its end, or stop it with chaos.stop.',
        });
      }
      if (
        !request.faults.some((fault) => request.targets.some((target) => options.possible(fault, target)))
      ) {
        throw new LiveDbError({
          code: 'chaos.not-ours',
          message: 'None of these faults can be made on these targets: they are not run by LiveDB.',
          remedy: 'Name other targets, or the faults "cut" and "slow".',
        });
      }
      const run: Going = {
        id: randomUUID(),
        request,
        tally: createTally(),
        state: 'running',
        startedAt: clock.now(),
        endedAt: null,
        ended: Promise.resolve(),
        audit: null,
      };
      last = run;
      run.ended = work(run).catch((error: unknown) => {
        run.state = 'stopped';
        run.endedAt = clock.now();
        options.onFault(error);
      });
      options.onChange();
      return { id: run.id, seed: request.seed };
    },
    async stop() {
      if (last?.state === 'running') last.state = 'stopped';
      await last?.ended;
    },
    going: () => last?.state === 'running',
    status: () =>
      last === null
        ? null
        : {
            id: last.id,
            seed: last.request.seed,
            kills: last.request.kills,
            state: last.state,
            startedAt: last.startedAt,
            endedAt: last.endedAt,
            ...last.tally.figures(),
            audit: last.audit,
          },
  };
}
