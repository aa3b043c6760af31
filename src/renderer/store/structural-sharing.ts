// Keeps the identity of what did not change between two snapshots, so that a component that selects a part of the
// snapshot is drawn again only when that part is different. Called by the store for every frame.

/** `next` with every part that equals the same part of `previous` replaced by the latter. Plain JSON data only. */
export function share<T>(previous: T, next: T): T {
  if (Object.is(previous, next)) return previous;
  if (!isContainer(previous) || !isContainer(next)) return next;
  if (Array.isArray(previous) !== Array.isArray(next)) return next;

  const before = previous as Record<string, unknown>;
  const after = next as Record<string, unknown>;
  const keys = Object.keys(after);
  let same = keys.length === Object.keys(before).length;
  const shared: Record<string, unknown> = Array.isArray(next) ? (new Array(next.length) as never) : {};
  for (const key of keys) {
    const value = share(before[key], after[key]);
    shared[key] = value;
    if (!Object.hasOwn(before, key) || !Object.is(value, before[key])) same = false;
  }
  return same ? previous : (shared as T);
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
