// Numbers for pairs of numbers, by open addressing over plain columns. Used for groups by org and region.

const MIN_SLOTS = 64;

export class Pairs {
  #slots = new Int32Array(MIN_SLOTS);
  #first = new Int32Array(MIN_SLOTS / 2);
  #second = new Int32Array(MIN_SLOTS / 2);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  first(number: number): number {
    return this.#first[number] ?? 0;
  }

  second(number: number): number {
    return this.#second[number] ?? 0;
  }

  number(first: number, second: number): number {
    const mask = this.#slots.length - 1;
    let slot = hash(first, second) & mask;
    for (;;) {
      const entry = (this.#slots[slot] ?? 0) - 1;
      if (entry < 0) break;
      if (this.#first[entry] === first && this.#second[entry] === second) return entry;
      slot = (slot + 1) & mask;
    }
    if (this.#size === this.#first.length) {
      this.#grow();
      return this.number(first, second);
    }
    const number = this.#size++;
    this.#first[number] = first;
    this.#second[number] = second;
    this.#slots[slot] = number + 1;
    return number;
  }

  #grow(): void {
    const [first, second] = [this.#first, this.#second];
    this.#slots = new Int32Array(this.#slots.length * 2);
    this.#first = new Int32Array(first.length * 2);
    this.#second = new Int32Array(first.length * 2);
    const size = this.#size;
    this.#size = 0;
    for (let at = 0; at < size; at++) this.number(first[at] ?? 0, second[at] ?? 0);
  }
}

function hash(first: number, second: number): number {
  const mixed = Math.imul(first ^ Math.imul(second + 1, 0x9e3779b1), 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}
