// A min-heap of window starts: which window closes or is purged next. Used by the window core.
export class StartHeap {
  readonly #items: number[] = [];

  get size(): number {
    return this.#items.length;
  }

  peek(): number | undefined {
    return this.#items[0];
  }

  /** All starts, in no order. */
  items(): readonly number[] {
    return this.#items;
  }

  push(start: number): void {
    const items = this.#items;
    let at = items.length;
    items.push(start);
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = items[up] ?? 0;
      if (parent <= start) break;
      items[at] = parent;
      at = up;
    }
    items[at] = start;
  }

  pop(): number | undefined {
    const items = this.#items;
    const top = items[0];
    const last = items.pop();
    if (last === undefined || items.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && (items[child + 1] ?? 0) < (items[child] ?? 0)) child++;
      const least = items[child] ?? 0;
      if (least >= last) break;
      items[at] = least;
      at = child;
    }
    items[at] = last;
    return top;
  }
}
