// Finds the entries of the palette that a few typed letters mean. Pure.

export interface Entry {
  label: string;
  group: string;
  /** Shown at the right; empty without. */
  shortcut: string;
  run: () => void;
}

/**
 * Entries whose label or group holds all words of the query, best first: those where a word of the label begins with
 * the query come before those where it stands anywhere.
 */
export function searchEntries(entries: readonly Entry[], query: string): Entry[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [...entries];
  return entries
    .map((candidate) => ({ candidate, rank: rankOf(candidate, words) }))
    .filter(({ rank }) => rank > 0)
    .sort((a, b) => b.rank - a.rank)
    .map(({ candidate }) => candidate);
}

function rankOf({ label, group }: Entry, words: readonly string[]): number {
  const text = `${label} ${group}`.toLowerCase();
  if (!words.every((word) => text.includes(word))) return 0;
  const starts = words.filter((word) => ` ${label.toLowerCase()}`.includes(` ${word}`)).length;
  const leads = label.toLowerCase().startsWith(words[0] ?? '') ? 1 : 0;
  return 1 + starts + leads;
}
