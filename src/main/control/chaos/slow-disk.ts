// A disk that takes long for each write, as the fault "slow-disk" makes one. The embedded broker delays its own writes;
// PostgreSQL has no place for that, so its processes are held one write's time and let go for a moment, over and over:
// statements take as long as with such a disk, but reads do, too. chaos.ts makes one of these.
import type { ChaosTarget } from '../../../shared/chaos.ts';
import type { Clock } from '../clock.ts';
import type { Detours } from './detours.ts';

export interface SlowDiskOptions {
  clock: Clock;
  detours: Pick<Detours, 'freeze'>;
  pids(target: ChaosTarget): Promise<number[]>;
  /** Has the broker delay its writes by so much for so long; 0 and 0 end it. */
  delayWrites(delayMs: number, ms: number): Promise<void>;
}

/** What the server gets done between two writes, ms. */
const BETWEEN_MS = 50;

/** Resolves once the disk is slow, with what ends it. Rejects when the target cannot be slowed. */
export async function slowDisk(
  { clock, detours, pids, delayWrites }: SlowDiskOptions,
  target: ChaosTarget,
  delayMs: number,
  ms: number,
): Promise<() => Promise<void>> {
  if (target === 'kafka') {
    await delayWrites(delayMs, ms);
    return () => delayWrites(0, 0);
  }
  const until = clock.now() + ms;
  let over = false;
  const hold = async () => {
    await detours.freeze(await pids(target), Math.min(delayMs, until - clock.now()));
  };
  const next = () => {
    if (over || clock.now() >= until) return;
    // A server that has ended meanwhile has no processes to hold; the next round finds its successor's.
    void hold().then(goOn, goOn);
  };
  const goOn = () => void clock.after(delayMs + BETWEEN_MS, next);
  await hold();
  goOn();
  return async () => {
    over = true;
  };
}
