// How event time stands in each partition, for people: whose watermark holds the others back, who is idle, who dates its
// events in the future. Pure; the line reports it.
import type { PartitionTime } from '../../shared/states.ts';
import type { Intake } from './intake.ts';

/** `ends`: the end of each partition as last heard. */
export function partitionTimes(
  intake: Intake,
  ends: { endOf(partition: number): number | null },
  now: number,
): PartitionTime[] {
  const { core, places, arrivals, future } = intake;
  const { outOfOrdernessMs, idleTimeoutMs } = core.query;
  const clocks = core.clock.partitions();
  return [...places]
    .sort(([a], [b]) => a - b)
    .map(([partition, { next }]) => {
      const clock = clocks.get(partition);
      const maxTime = clock?.maxTime ?? null;
      return {
        partition,
        offset: String(next),
        end: String(Math.max(next, ends.endOf(partition) ?? next)),
        maxTime,
        watermark: maxTime === null ? null : maxTime - outOfOrdernessMs,
        idle: clock?.caughtUp === true && now - clock.lastArrival >= idleTimeoutMs,
        lastArrival: arrivals.get(partition) ?? null,
        future: future.get(partition) ?? 0,
      };
    });
}
