// Named queries of the processor: what is asked of them and how they stand. Commands `query.*`.

export const QUERY_COMMANDS = {} as const;
