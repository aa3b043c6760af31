// States that the processor keeps: checkpoints, savepoints, and going back to one. Commands `state.*`.

export const STATE_COMMANDS = {} as const;
