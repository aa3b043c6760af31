// Records that went aside: late ones and dead ones. Commands `late.*`, `dead.*`.

export const SIDE_COMMANDS = {} as const;
