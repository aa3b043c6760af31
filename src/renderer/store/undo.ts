// The change that takes a change of settings back: the fields it named, as they were before. What somebody else changed
// meanwhile stays. Pure.
import type { CommandInput } from '../../shared/commands.ts';
import type { ProcessorSettings } from '../../shared/settings.ts';

type ProcessorChange = CommandInput<'processor.configure'>;

export function undoOfProcessor(change: ProcessorChange, before: ProcessorSettings): ProcessorChange {
  const query =
    change.query === undefined
      ? undefined
      : Object.fromEntries(
          Object.entries(before.query).filter(([field]) => Object.hasOwn(change.query ?? {}, field)),
        );
  return {
    ...(query === undefined ? {} : { query }),
    ...(change.checkpointIntervalMs === undefined
      ? {}
      : { checkpointIntervalMs: before.checkpointIntervalMs }),
  };
}
