// The only door: every command by name, its input parsed with its schema, its handler from one table. app.ts makes it,
// the transports call it.

import {
  COMMANDS,
  type CommandArgs,
  type CommandName,
  type CommandOutput,
  isCommand,
} from '../../shared/commands.ts';
import { badRequest, LiveDbError } from '../../shared/errors.ts';

export type Handlers = { [C in CommandName]: (args: CommandArgs<C>) => Promise<CommandOutput<C>> };

export const DONE = { ok: true } as const;

/** Throws LiveDbError: `unknown-command`, `bad-request` with the fields, or what the command itself refuses with. */
export function createDoor(handlers: Handlers): (command: string, input: unknown) => Promise<unknown> {
  const run = async <C extends CommandName>(command: C, input: unknown): Promise<CommandOutput<C>> => {
    const parsed = COMMANDS[command].input.safeParse(input ?? {});
    if (!parsed.success) throw new LiveDbError(badRequest(parsed.error));
    // The schema of `command` made these arguments; TypeScript does not follow one key through two maps.
    return handlers[command](parsed.data as CommandArgs<C>);
  };
  return async (command, input) => {
    if (!isCommand(command)) {
      throw new LiveDbError({
        code: 'unknown-command',
        message: `There is no command "${command}".`,
        remedy: `Known commands: ${Object.keys(COMMANDS).join(', ')}.`,
      });
    }
    return run(command, input);
  };
}
