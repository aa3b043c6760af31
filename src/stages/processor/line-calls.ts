// Calls from the control plane about the states of a line: checked, and passed to its engine. main.ts asks here first.
import { z } from 'zod';
import { PROCESSOR_CALLS } from '../../shared/link.ts';
import { Speed } from '../../shared/replay.ts';
import { RewindBounds, SavepointName, StateId } from '../../shared/states.ts';
import type { LiveEngine } from './live-engine.ts';
import { Pace } from './pace.ts';
import type { RunningLine } from './running-line.ts';

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
const Rewind = OfRewind.extend({
  offsets: Offsets,
  bounds: RewindBounds.nullable().default(null),
  speed: Speed.default({ kind: 'max' }),
  paused: z.boolean().default(false),
});
const Pause = OfRewind.extend({ paused: z.boolean() });

interface Lines {
  /** Throws when there is no such line. */
  line(query: string): RunningLine;
  /** Throws when there is no such line, or it does not run. */
  engine(query: string): LiveEngine;
}

type Answer = (args: unknown, lines: Lines) => Promise<unknown>;

const ANSWERS: Readonly<Record<string, Answer>> = {
  async [PROCESSOR_CALLS.states](args, lines) {
    return lines.line(OfLine.parse(args).query).withStates((states) => states.states());
  },
  async [PROCESSOR_CALLS.save](args, lines) {
    const { query, name } = Save.parse(args);
    return lines.line(query).withStates((states) => states.save(name));
  },
  async [PROCESSOR_CALLS.deleteState](args, lines) {
    const { query, id } = OfState.parse(args);
    await lines.line(query).withStates((states) => states.deleteState(id));
    return null;
  },
  async [PROCESSOR_CALLS.restore](args, lines) {
    const { query, id } = OfState.parse(args);
    return lines.line(query).withStates((states) => states.restore(id));
  },
  async [PROCESSOR_CALLS.rewindPreview](args, lines) {
    const { query, offsets, upTo } = Preview.parse(args);
    return lines.engine(query).previewRewind(byPartition(offsets), upTo === null ? null : byPartition(upTo));
  },
  async [PROCESSOR_CALLS.rewind](args, lines) {
    const { query, id, offsets, bounds, speed, paused } = Rewind.parse(args);
    const pace = new Pace(speed, paused);
    return lines.engine(query).startRewind(id, byPartition(offsets), bounds, pace);
  },
  async [PROCESSOR_CALLS.pauseRewind](args, lines) {
    const { query, id, paused } = Pause.parse(args);
    lines.engine(query).pauseRewind(id, paused);
    return null;
  },
  async [PROCESSOR_CALLS.cancelRewind](args, lines) {
    const { query, id } = OfRewind.parse(args);
    return lines.engine(query).cancelRewind(id);
  },
  async [PROCESSOR_CALLS.undoPreview](args, lines) {
    const { query, id } = OfRewind.parse(args);
    return lines.engine(query).previewUndo(id);
  },
  async [PROCESSOR_CALLS.undo](args, lines) {
    const { query, id } = OfRewind.parse(args);
    return lines.engine(query).undo(id);
  },
};

/** Null when it is no such call. */
export function answerLineCall(method: string, args: unknown, lines: Lines): Promise<unknown> | null {
  return ANSWERS[method]?.(args, lines) ?? null;
}

function byPartition(offsets: Record<string, number>): Map<number, number> {
  return new Map(Object.entries(offsets).map(([partition, offset]) => [Number(partition), offset]));
}
