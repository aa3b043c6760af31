// The page's transport in the desktop edition: the typed bridge that the preload put on `window.livedb`.
import type { ControlRoomApi, PreloadBridge } from '../../shared/bridge.ts';
import { COMMANDS, type CommandInput, type CommandName, type CommandOutput } from '../../shared/commands.ts';
import { LiveDbError } from '../../shared/errors.ts';

declare global {
  interface Window {
    livedb?: PreloadBridge;
  }
}

export function createPreloadApi(bridge: PreloadBridge): ControlRoomApi {
  return {
    async execute<C extends CommandName>(command: C, input: CommandInput<C>): Promise<CommandOutput<C>> {
      const answer = await bridge.execute(command, input);
      if (!answer.ok) throw new LiveDbError(answer.error);
      return COMMANDS[command].output.parse(answer.result) as CommandOutput<C>;
    },
    subscribe(onFrame, onState) {
      onState('connecting');
      return bridge.onFrame((frame) => {
        onState('connected');
        onFrame(frame);
      });
    },
  };
}
