// Runs a command for a control: the control is busy at once, the outcome is said, a refusal is shown with its remedy.
// Every button, slider and palette entry goes through here.
import type { ControlRoomApi } from '../../shared/bridge.ts';
import type { CommandInput, CommandName, CommandOutput } from '../../shared/commands.ts';
import { LiveDbError, type LiveDbErrorData } from '../../shared/errors.ts';
import type { RunState, Service, Stage } from '../../shared/names.ts';
import type { ControlRoomStore } from './state.ts';
import { reportDone, reportFailure } from './toasts.ts';

export interface Performance {
  /** What the toast says when it is done; nothing is said without it. */
  done?: string;
  /** Head of the toast when it is refused. */
  failed: string;
  /** Offered in the toast while it is shown. */
  undo?: () => void;
  /** The part that the command is about, and the state to show until the control plane says its own. */
  part?: Stage | Service;
  expect?: RunState;
}

export type Perform = <C extends CommandName>(
  command: C,
  input: CommandInput<C>,
  how: Performance,
) => Promise<CommandOutput<C> | null>;

/** Resolves to the answer, or to null when it was refused (and the person was told). Never rejects. */
export function createPerform(
  api: ControlRoomApi,
  store: ControlRoomStore,
  whyNot: (command: CommandName) => LiveDbErrorData | null = () => null,
): Perform {
  return async (command, input, how) => {
    const refused = whyNot(command);
    if (refused !== null) {
      reportFailure(store, how.failed, refused);
      return null;
    }
    const key = pendingKey(command, how.part);
    const { part, expect } = how;
    store.setState((state) => ({
      pending: [...state.pending, key],
      expected:
        part !== undefined && expect !== undefined ? { ...state.expected, [part]: expect } : state.expected,
    }));
    try {
      const answer = await api.execute(command, input);
      if (how.done !== undefined) reportDone(store, how.done, how.undo ?? null);
      return answer;
    } catch (error) {
      if (part !== undefined) {
        store.setState((state) => ({ expected: { ...state.expected, [part]: undefined } }));
      }
      reportFailure(store, how.failed, LiveDbError.dataOf(error));
      return null;
    } finally {
      // What was expected stays until the next frame, so that the old state does not flash up in between.
      store.setState((state) => ({ pending: withoutFirst(state.pending, key) }));
    }
  };
}

export function pendingKey(command: CommandName, part?: Stage | Service): string {
  return part === undefined ? command : `${command}:${part}`;
}

function withoutFirst(keys: readonly string[], key: string): readonly string[] {
  const index = keys.indexOf(key);
  return index < 0 ? keys : keys.filter((_, at) => at !== index);
}
