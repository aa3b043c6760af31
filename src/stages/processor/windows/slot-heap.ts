// A min-heap of slots by a time: which session ends next. Times may lie behind what the session has grown to; who pops
// one looks, and puts it back. Used by the sessions.
export class SlotHeap {
  readonly #times: number[] = [];
  readonly #slots: number[] = [];

  get size(): number {
    return this.#slots.length;
  }

  /** The least time; undefined when it is empty. */
  peek(): number | undefined {
    return this.#times[0];
  }

  /** All slots, in no order. */
  slots(): readonly number[] {
    return this.#slots;
  }

  clear(): void {
    this.#times.length = 0;
    this.#slots.length = 0;
  }

  push(time: number, slot: number): void {
    const times = this.#times;
    const slots = this.#slots;
    let at = times.length;
    times.push(time);
    slots.push(slot);
    while (at > 0) {
      const up = (at - 1) >> 1;
      const above = times[up] ?? 0;
      if (above <= time) break;
      times[at] = above;
      slots[at] = slots[up] ?? 0;
      at = up;
    }
    times[at] = time;
    slots[at] = slot;
  }

  /** The slot with the least time; -1 when it is empty. */
  pop(): number {
    const times = this.#times;
    const slots = this.#slots;
    const top = slots[0] ?? -1;
    const time = times.pop();
    const slot = slots.pop();
    if (time === undefined || slot === undefined || times.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= times.length) break;
      if (child + 1 < times.length && (times[child + 1] ?? 0) < (times[child] ?? 0)) child++;
      const least = times[child] ?? 0;
      if (least >= time) break;
      times[at] = least;
      slots[at] = slots[child] ?? 0;
      at = child;
    }
    times[at] = time;
    slots[at] = slot;
    return top;
  }
}
