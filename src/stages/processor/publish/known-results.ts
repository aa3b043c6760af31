// What the results topic already holds beyond the checkpoint after a crash: nothing of it is published again. Pure;
// filled from the topic's tail when the live engine starts, asked for every result until it is empty.
import { crc32 } from 'node:zlib';
import { resultKey, WindowResult } from '../../../shared/event.ts';
import { DUE, PUBLISHED } from '../windows/group-table.ts';
import type { Emission, WindowCore } from '../windows/window-core.ts';

/** More than this is not kept in memory (a results topic of millions of windows without any checkpoint). */
export const MAX_KNOWN = 500_000;

interface Known {
  revision: number;
  /** CRC of the content without its revision. */
  content: number;
  /** End of the window, epoch ms. */
  end: number;
}

export class KnownResults {
  readonly #known = new Map<string, Known>();
  /** Results that came up again before the reader has caught up with the log's end at the start. */
  readonly #held = new Map<string, number>();
  #settled = false;
  /** Results left out because of MAX_KNOWN. */
  overflow = 0;

  get size(): number {
    return this.#known.size;
  }

  /** Takes one record of the topic's tail; null when it is no result. */
  learn(value: string): WindowResult | null {
    let json: unknown;
    try {
      json = JSON.parse(value);
    } catch {
      // Somebody else's record in the topic: nothing that could be doubled.
      return null;
    }
    const parsed = WindowResult.safeParse(json);
    if (!parsed.success) return null;
    const result = parsed.data;
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
    });
    return result;
  }

  /** Forgets what the restored state already stands for. */
  reconcile(core: WindowCore): void {
    if (this.#known.size === 0) return;
    const { table } = core;
    for (const slot of core.slots()) {
      if (table.has(slot, DUE) || !table.has(slot, PUBLISHED)) continue;
      const result = core.result(slot);
      const known = this.#known.get(nameOf(result));
      if (known?.revision === result.revision && known.content === contentOf(result)) {
        this.#known.delete(nameOf(result));
      }
    }
  }

  /**
   * Which of the due results have to be published, with their right revisions. While the log is read again, a result
   * that stands in the topic is held back: what it comes to is only clear when all events of before are in again.
   */
  filter(core: WindowCore, emissions: Emission[]): Emission[] {
    if (this.#known.size === 0) return emissions;
    return emissions.filter((emission) => {
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
      const emission = { slot, result: core.result(slot, known.revision) };
      if (this.#settle(core, name, known, emission)) emissions.push(emission);
    }
    this.#held.clear();
    return emissions;
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

function nameOf(result: WindowResult): string {
  return `${result.query} ${resultKey(result)}`;
}

function contentOf(result: WindowResult): number {
  return crc32(JSON.stringify({ ...result, revision: 0 }));
}
