// How a pressed key is written in the table of shortcuts. Pure.

/** The key of an event in the notation of `keys`. */
export function keysOf(
  event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey'>,
): string {
  if (event.altKey) return '';
  const key = event.key.toLowerCase();
  const mod = event.ctrlKey || event.metaKey ? 'mod+' : '';
  // Shift is named only with letters: it is part of what makes "?" a "?".
  const shift = event.shiftKey && /^[a-z]$/.test(key) ? 'shift+' : '';
  return mod + shift + key;
}
