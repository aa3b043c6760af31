// A min-heap by time: which window or session comes next. Times of sessions may lie behind what they have grown to; who
// pops one looks, and puts it back. Used by the fixed windows, whose starts stand for themselves, and by the sessions.
export class TimeHeap {
  readonly #times: number[] = [];
  readonly #items: number[] = [];

  get size(): number {
    return this.#items.length;
  }

  /** The least time; undefined when it is empty. */
  peek(): number | undefined {
    return this.#times[0];
  }

  /** All items, in no order. */
  items(): readonly number[] {
    return this.#items;
  }

  clear(): void {
    this.#times.length = 0;
    this.#items.length = 0;
  }

  push(time: number, item: number = time): void {
    const times = this.#times;
    const items = this.#items;
    let at = times.length;
    times.push(time);
    items.push(item);
    while (at > 0) {
      const up = (at - 1) >> 1;
      const above = times[up] ?? 0;
      if (above <= time) break;
      times[at] = above;
      items[at] = items[up] ?? 0;
      at = up;
    }
    times[at] = time;
    items[at] = item;
  }

  /** The item with the least time; undefined when it is empty. */
  pop(): number | undefined {
    const times = this.#times;
    const items = this.#items;
    const top = items[0];
    const time = times.pop();
    const item = items.pop();
    if (time === undefined || item === undefined || times.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= times.length) break;
      if (child + 1 < times.length && (times[child + 1] ?? 0) < (times[child] ?? 0)) child++;
      const least = times[child] ?? 0;
      if (least >= time) break;
      times[at] = least;
      items[at] = items[child] ?? 0;
      at = child;
    }
    times[at] = time;
    items[at] = item;
    return top;
  }
}
