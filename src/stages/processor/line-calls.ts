// Calls from the control plane about the states of a line: checked, and passed to its engine. main.ts asks here first.
import { z } from 'zod';
import { PROCESSOR_CALLS } from '../../shared/link.ts';
import { RewindBounds, SavepointName, StateId } from '../../shared/states.ts';
import type { LiveEngine } from './live-engine.ts';

const OfLine = z.object({ query: z.string() });
const Save = OfLine.extend({ name: SavepointName });
const OfState = OfLine.extend({ id: StateId });
/** Savepoints are named after it. */
const OfRewind = OfLine.extend({ id: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,47}$/) });
const Offset = z.union([
  z.number().int().nonnegative(),
  z
    .string()
    .regex(/^\d{1,16}$/)
    .transform(Number),
]);
const Offsets = z.record(z.string().regex(/^\d{1,9}$/), Offset);
const Preview = OfLine.extend({ offsets: Offsets, upTo: Offsets.nullable().default(null) });
const Rewind = OfRewind.extend({ offsets: Offsets, bounds: RewindBounds.nullable().default(null) });

type Answer = (args: unknown, engineOf: (query: string) => LiveEngine) => Promise<unknown>;

const ANSWERS: Readonly<Record<string, Answer>> = {
  async [PROCESSOR_CALLS.states](args, engineOf) {
    return engineOf(OfLine.parse(args).query).states();
  },
  async [PROCESSOR_CALLS.save](args, engineOf) {
    const { query, name } = Save.parse(args);
    return engineOf(query).save(name);
  },
  async [PROCESSOR_CALLS.deleteState](args, engineOf) {
    const { query, id } = OfState.parse(args);
    await engineOf(query).deleteState(id);
    return null;
  },
  async [PROCESSOR_CALLS.restore](args, engineOf) {
    const { query, id } = OfState.parse(args);
    return engineOf(query).restore(id);
  },
  async [PROCESSOR_CALLS.rewindPreview](args, engineOf) {
    const { query, offsets, upTo } = Preview.parse(args);
    return engineOf(query).previewRewind(byPartition(offsets), upTo === null ? null : byPartition(upTo));
  },
  async [PROCESSOR_CALLS.rewind](args, engineOf) {
    const { query, id, offsets, bounds } = Rewind.parse(args);
    return engineOf(query).startRewind(id, byPartition(offsets), bounds);
  },
  async [PROCESSOR_CALLS.cancelRewind](args, engineOf) {
    const { query, id } = OfRewind.parse(args);
    return { cancelled: engineOf(query).cancelRewind(id) };
  },
  async [PROCESSOR_CALLS.undo](args, engineOf) {
    const { query, id } = OfRewind.parse(args);
    return engineOf(query).undo(id);
  },
};

/** Null when it is no such call. `engineOf` throws when there is no such line. */
export function answerLineCall(
  method: string,
  args: unknown,
  engineOf: (query: string) => LiveEngine,
): Promise<unknown> | null {
  return ANSWERS[method]?.(args, engineOf) ?? null;
}

function byPartition(offsets: Record<string, number>): Map<number, number> {
  return new Map(Object.entries(offsets).map(([partition, offset]) => [Number(partition), offset]));
}
