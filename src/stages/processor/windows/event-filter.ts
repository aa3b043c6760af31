// Which events a query counts. Texts are judged once and remembered by their number. Used by the window core.
import type { QueryFilter } from '../../../shared/query.ts';
import type { Interner } from '../decode/interner.ts';
import { parseCents } from '../money.ts';

export class EventFilter {
  readonly #orgs: Allowed;
  readonly #regions: Allowed;
  readonly #least: number;
  readonly #most: number;
  readonly #normal: boolean;
  readonly #replayed: boolean;

  constructor(filter: QueryFilter) {
    this.#orgs = new Allowed(filter.orgs);
    this.#regions = new Allowed(filter.regions);
    this.#least = boundOf(filter.minAmount, Number.NEGATIVE_INFINITY);
    this.#most = boundOf(filter.maxAmount, Number.POSITIVE_INFINITY);
    this.#normal = filter.modes.includes('normal');
    this.#replayed = filter.modes.includes('replay');
  }

  /** Events of mode "replay" may count. */
  get takesReplayed(): boolean {
    return this.#replayed;
  }

  /** `org` and `region`: numbers of the texts by these interners. */
  passes(
    names: { readonly org: Interner; readonly region: Interner },
    org: number,
    region: number,
    cents: number,
    replay: boolean,
  ): boolean {
    return (
      (replay ? this.#replayed : this.#normal) &&
      cents >= this.#least &&
      cents <= this.#most &&
      this.#orgs.has(names.org, org) &&
      this.#regions.has(names.region, region)
    );
  }
}

class Allowed {
  readonly #texts: ReadonlySet<string> | null;
  #judged = new Uint8Array(0);
  #by: Interner | null = null;

  constructor(texts: readonly string[] | null) {
    this.#texts = texts === null ? null : new Set(texts);
  }

  has(interner: Interner, number: number): boolean {
    if (this.#texts === null) return true;
    // Numbers are given anew now and then.
    if (this.#by !== interner) {
      this.#by = interner;
      this.#judged = new Uint8Array(0);
    }
    if (number >= this.#judged.length) {
      const grown = new Uint8Array(Math.max(256, number * 2));
      grown.set(this.#judged);
      this.#judged = grown;
    }
    if (this.#judged[number] === 0) this.#judged[number] = this.#texts.has(interner.text(number)) ? 1 : 2;
    return this.#judged[number] === 1;
  }
}

function boundOf(text: string | null, none: number): number {
  return text === null ? none : (parseCents(text) ?? none);
}
