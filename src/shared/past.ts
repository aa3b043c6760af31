// The past as it was: moments, annotations, bundles of a run. Commands `moment.*`, `annotation.*`, `bundle.*`.

export const PAST_COMMANDS = {} as const;
