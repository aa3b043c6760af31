// Local times as <input type="datetime-local"> writes them, to and from epoch ms. Pure.

/** Epoch ms as "2026-11-23T14:21:09" in local time. */
export function toLocalInput(at: number): string {
  return new Date(at - new Date(at).getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}

/** Epoch ms of a local time; null when it is not one. */
export function fromLocalInput(text: string): number | null {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?$/.test(text)) return null;
  const at = new Date(text).getTime();
  return Number.isFinite(at) ? at : null;
}
