// What the results topic already holds beyond the checkpoint after a crash: nothing of it is published again. Pure;
// filled from the topic's tail when the live engine starts, asked for every result until it is empty.
import { crc32 } from 'node:zlib';
import { resultKey, WindowResult } from '../../../shared/event.ts';
import { DUE, LIVE, PUBLISHED } from '../windows/group-table.ts';
import type { Emission, WindowCore } from '../windows/window-core.ts';

/** More than this is not kept in memory (a results topic of millions of windows without any checkpoint). */
export const MAX_KNOWN = 500_000;

interface Known {
  revision: number;
  /** CRC of the content without its revision. */
  content: number;
  /** End of the window, epoch ms. */
  end: number;
  /** The result itself where it may have to be taken back: of a session, and of what the state went back to before. */
  result: WindowResult | null;
  /** It was published before the state went back to what it was earlier. */
  undone: boolean;
}

export class KnownResults {
  readonly #known = new Map<string, Known>();
  /** Results that came up again before the reader has caught up with the log's end at the start. */
  readonly #held = new Map<string, number>();
  /** Groups that stand published with a later revision than their state knows of. */
  readonly #expected = new Set<string>();
  readonly #queries: ReadonlySet<string> | null;
  #settled = false;
  /** The state went back at will: groups whose content stands published as it is keep what they know. */
  #leave = false;
  /** Results left out because of MAX_KNOWN. */
  overflow = 0;

  /** `queries`: names whose results are meant; null: all. */
  constructor(queries: ReadonlySet<string> | null = null) {
    this.#queries = queries;
  }

  get size(): number {
    return this.#known.size;
  }

  /** The state that went back is still as it was then, and stands otherwise in the topic. */
  get leaves(): boolean {
    return this.#leave && this.#known.size > 0;
  }

  /**
   * Takes one record of the topic's tail; null when it is no result of these queries. `undone`: the state went back to
   * before it.
   */
  learn(value: string, undone = false): WindowResult | null {
    const result = resultIn(value);
    if (result === null || this.#queries?.has(result.query) === false) return null;
    const name = nameOf(result);
    const before = this.#known.get(name);
    if (before !== undefined && before.revision >= result.revision) return result;
    if (before === undefined && this.#known.size >= MAX_KNOWN) {
      this.overflow++;
      return result;
    }
    this.#known.set(name, {
      revision: result.revision,
      content: contentOf(result),
      end: Date.parse(result.window.end),
      result: result.count > 0 && (undone || result.window.kind === 'session') ? result : null,
      undone,
    });
    return result;
  }

  /** Forgets what the restored state already stands for. */
  reconcile(core: WindowCore): void {
    if (this.#known.size === 0) return;
    for (const slot of publishedOf(core)) {
      const result = core.result(slot);
      const known = this.#known.get(nameOf(result));
      if (known?.revision === result.revision && known.content === contentOf(result)) {
        this.#known.delete(nameOf(result));
      }
    }
  }

  /**
   * Groups that stand published with a later revision than the restored state has: decided with the held ones, also
   * when nothing of them comes up again. `leave`: the state went back at will and stays as it is where it can.
   */
  expect(core: WindowCore, leave: boolean): void {
    this.#leave = leave;
    if (this.#known.size === 0) return;
    for (const slot of publishedOf(core)) {
      const result = core.result(slot);
      const name = nameOf(result);
      const known = this.#known.get(name);
      if (known === undefined || known.revision <= result.revision) continue;
      this.#expected.add(name);
      this.#held.set(name, slot);
    }
  }

  /** Results of windows that were final and forgotten before the restored state: nothing will bring them up again. */
  gone(core: WindowCore): Gone {
    const watermark = core.clock.watermark ?? Number.NEGATIVE_INFINITY;
    const names = new Map<string, Known>();
    for (const [name, known] of this.#known) if (known.end <= watermark) names.set(name, known);
    for (const slot of core.slots()) names.delete(nameOf(core.result(slot)));
    return new Gone(names);
  }

  /**
   * Which of the due results have to be published, with their right revisions. While the log is read again, a result
   * that stands in the topic is held back: what it comes to is only clear when all events of before are in again.
   */
  filter(core: WindowCore, emissions: Emission[]): Emission[] {
    if (this.#known.size === 0) return emissions;
    const withdrawn = emissions.flatMap(({ result }) => this.#outgrown(result));
    const left = emissions.filter((emission) => {
      const name = nameOf(emission.result);
      const known = this.#known.get(name);
      if (known === undefined) return true;
      if (!this.#settled) {
        // Still due, so that a checkpoint of now brings it up again.
        core.settle(emission.slot, known.revision, true);
        this.#held.set(name, emission.slot);
        return false;
      }
      return this.#settle(core, name, known, emission);
    });
    return [...withdrawn, ...left];
  }

  /**
   * Sessions that stand published and are part of this one now, though the line never published them itself since its
   * start: events came in another order. Their results are taken back.
   */
  #outgrown(result: WindowResult): Emission[] {
    if (result.window.kind !== 'session' || result.count === 0) return [];
    const found: Emission[] = [];
    const own = nameOf(result);
    for (const [name, { result: session, revision }] of this.#known) {
      if (session?.window.kind !== 'session' || name === own || this.#held.has(name)) continue;
      if (!within(session, result)) continue;
      this.#known.delete(name);
      found.push(withdrawn(session, revision + 1));
    }
    return found;
  }

  /** One group is about to be forgotten: what is held of it is decided now. */
  purge(core: WindowCore, slot: number): Emission[] {
    if (this.#held.size === 0) return [];
    const result = core.result(slot);
    const name = nameOf(result);
    const known = this.#known.get(name);
    if (known === undefined || !this.#held.delete(name)) return [];
    const emission = { slot, result };
    return this.#settle(core, name, known, emission) ? [emission] : [];
  }

  /** The log has been read again up to where it ended at the start: everything held is decided. */
  settleAll(core: WindowCore): Emission[] {
    if (this.#settled) return [];
    this.#settled = true;
    const emissions: Emission[] = [];
    for (const [name, slot] of this.#held) {
      const known = this.#known.get(name);
      if (known === undefined) continue;
      // A session may have become part of another one since.
      if (!core.table.has(slot, LIVE)) continue;
      const emission = { slot, result: core.result(slot, known.revision) };
      if (nameOf(emission.result) !== name) continue;
      if (this.#expected.has(name)) {
        // Left as it is, and still known: a correction gets the revision after the one that stands published.
        const content = contentOf(emission.result);
        if (this.#leave && !core.table.has(slot, DUE)) {
          if (content === known.content) continue;
          const revision = known.revision + 1;
          this.#known.set(name, { ...known, revision, content, result: null, undone: false });
          emissions.push({ slot, result: { ...emission.result, revision } });
          continue;
        }
      }
      if (this.#settle(core, name, known, emission)) emissions.push(emission);
    }
    if (this.#leave) emissions.push(...this.#neverAgain(core));
    this.#held.clear();
    this.#expected.clear();
    return emissions;
  }

  /** Results of windows that the state went back to before, and that no event has brought up again: they are taken back. */
  #neverAgain(core: WindowCore): Emission[] {
    const watermark = core.clock.watermark ?? Number.NEGATIVE_INFINITY;
    const gone = [...this.#known].filter(
      ([name, { undone, result, end }]) =>
        undone && result !== null && end <= watermark && !this.#held.has(name),
    );
    if (gone.length === 0) return [];
    const there = new Set([...core.slots()].map((slot) => nameOf(core.result(slot))));
    return gone.flatMap(([name, known]) => {
      if (known.result === null || there.has(name)) return [];
      const emission = withdrawn(known.result, known.revision + 1);
      const { revision } = emission.result;
      const content = contentOf(emission.result);
      this.#known.set(name, { ...known, revision, content, result: null, undone: false });
      return [emission];
    });
  }

  /** What is decided about these otherwise. */
  forget(names: Iterable<string>): void {
    for (const name of names) this.#known.delete(name);
  }

  /** Forgets results of windows that can no longer change. */
  forgetBefore(endMs: number): void {
    for (const [name, known] of this.#known) {
      if (known.end <= endMs && !this.#held.has(name)) this.#known.delete(name);
    }
  }

  /** True when the emission has to be published, as the revision after the known one. */
  #settle(core: WindowCore, name: string, known: Known, emission: Emission): boolean {
    this.#known.delete(name);
    const same = contentOf(emission.result) === known.content;
    const revision = same ? known.revision : known.revision + 1;
    core.settle(emission.slot, revision, false);
    emission.result = { ...emission.result, revision };
    return !same;
  }
}

/** What stood published of windows that a state no longer holds, before something else was published of them. */
export class Gone {
  readonly #names: ReadonlyMap<string, Known>;
  readonly #before = new Map<string, WindowResult>();

  constructor(names: ReadonlyMap<string, Known>) {
    this.#names = names;
  }

  get size(): number {
    return this.#names.size;
  }

  /** The earliest start of their windows is not before this, epoch ms. */
  get endsFrom(): number {
    let least = Number.POSITIVE_INFINITY;
    for (const { end } of this.#names.values()) least = Math.min(least, end);
    return least;
  }

  /** Takes one record of the topic from before the state. */
  learn(value: string): void {
    const result = resultIn(value);
    if (result === null) return;
    const name = nameOf(result);
    if (!this.#names.has(name)) return;
    const before = this.#before.get(name);
    if (before === undefined || before.revision < result.revision) this.#before.set(name, result);
  }

  /** Names of those that something stood published of. */
  get found(): Iterable<string> {
    return this.#before.keys();
  }

  /** What has to be published so that it stands again as it did. */
  again(): WindowResult[] {
    const results: WindowResult[] = [];
    for (const [name, known] of this.#names) {
      const before = this.#before.get(name);
      if (before === undefined || contentOf(before) === known.content) continue;
      results.push({ ...before, revision: known.revision + 1 });
    }
    return results;
  }
}

/** Takes a result back. */
function withdrawn(result: WindowResult, revision: number): Emission {
  const { window, group, final, query, filtered } = result;
  const taken = { window, group, count: 0, revision, final, query };
  return { slot: -1, result: filtered === undefined ? taken : { ...taken, filtered } };
}

function* publishedOf(core: WindowCore): Generator<number> {
  for (const slot of core.slots())
    if (!core.table.has(slot, DUE) && core.table.has(slot, PUBLISHED)) yield slot;
}

/** Query, window and group: what has revisions. */
export function nameOf(result: WindowResult): string {
  return `${result.query} ${resultKey(result)}`;
}

function within(inner: WindowResult, outer: WindowResult): boolean {
  return (
    inner.query === outer.query &&
    inner.group.org === outer.group.org &&
    inner.group.region === outer.group.region &&
    inner.window.start >= outer.window.start &&
    inner.window.end <= outer.window.end
  );
}

function contentOf(result: WindowResult): number {
  return crc32(JSON.stringify({ ...result, revision: 0 }));
}

/** The result that a record holds; null for somebody else's record in the topic. */
export function resultIn(value: string): WindowResult | null {
  try {
    return WindowResult.safeParse(JSON.parse(value)).data ?? null;
  } catch {
    // No JSON at all: nothing of ours.
    return null;
  }
}
