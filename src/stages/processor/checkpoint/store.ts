// The states of one line on disk: checkpoints, of which the newest are kept, and savepoints, which stay until they are
// deleted. A faulty one is passed over for the one before. Used by the live engine alone.
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type LineFacts, STATE_LIST_FILE, StateList } from '../../../clients/line-folder.ts';
import { LiveDbError } from '../../../shared/errors.ts';
import type { QuerySpec } from '../../../shared/query.ts';
import { type CheckpointMark, type StateInfo, TIMELINE_MARKS } from '../../../shared/states.ts';
import {
  type CheckpointInput,
  CheckpointMeta,
  factsOf,
  isWholeStateFile,
  type LoadedCheckpoint,
  readStateFile,
  readStateMeta,
  StateFileWriter,
} from './state-file.ts';

/** So many of the newest checkpoints can be restored from, at least. */
const KEPT = 5;
const CHECKPOINT = /^checkpoint-(\d{12})\.bin$/;
const SAVEPOINT = /^(savepoint-[a-z0-9][a-z0-9_-]*)\.bin$/;

export class CheckpointStore {
  readonly #folder: string;
  /** Sequence → chainFrom of the checkpoints that are there. */
  readonly #files = new Map<number, number>();
  /** By id. */
  readonly #infos = new Map<string, Omit<StateInfo, 'newest'>>();
  /** What each of them computes. */
  readonly #specs = new Map<string, QuerySpec | null>();
  #timeline: CheckpointMark[] = [];
  #untold = 0;
  #query = '';
  /** Of the newest checkpoint. */
  #newestKnown = 0;
  #facts: LineFacts = { now: null, lateCounted: [] };
  /** Savepoints whose meta does not parse. */
  readonly #unreadable: string[] = [];
  #listing: Promise<void> = Promise.resolve();

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async open(folder: string): Promise<CheckpointStore> {
    await mkdir(folder, { recursive: true });
    return new CheckpointStore(folder);
  }

  /** Number for the next checkpoint. */
  get next(): number {
    return Math.max(0, ...this.#files.keys()) + 1;
  }

  /**
   * The newest checkpoint that is whole, with the chain that it needs; null when there is none. `faulty` names files
   * that were passed over; they are deleted, so that later checkpoints do not build on them.
   */
  async load(): Promise<{ loaded: LoadedCheckpoint | null; faulty: string[] }> {
    const read = new Map<number, { meta: CheckpointMeta; bodies: Buffer[]; bytes: number }>();
    const faulty: string[] = [];
    const sequences: number[] = [];
    for (const name of await readdir(this.#folder)) {
      const match = CHECKPOINT.exec(name);
      const savepoint = SAVEPOINT.exec(name)?.[1];
      if (match !== null) sequences.push(Number(match[1]));
      else if (savepoint !== undefined) await this.#knowSavepoint(savepoint);
      else if (name.endsWith('.tmp')) await rm(join(this.#folder, name), { force: true });
    }
    sequences.sort((a, b) => b - a);
    for (const sequence of sequences) {
      const parsed = await readStateFile(this.#path(idOf(sequence)));
      if (parsed === null || parsed.meta.sequence !== sequence) faulty.push(fileName(idOf(sequence)));
      else {
        const bytes = parsed.bodies.reduce((sum, body) => sum + body.length, 0);
        read.set(sequence, { ...parsed, bytes });
      }
    }
    const usable = sequences.find((sequence) => {
      const chainFrom = read.get(sequence)?.meta.chainFrom;
      if (chainFrom === undefined) return false;
      for (let link = chainFrom; link <= sequence; link++) if (!read.has(link)) return false;
      return true;
    });
    // Faulty older files are kept out of the way by the chain check; newer ones must not become part of a chain.
    for (const sequence of sequences) {
      if (usable === undefined || sequence > usable) {
        await rm(this.#path(idOf(sequence)), { force: true });
        continue;
      }
      const file = read.get(sequence);
      this.#files.set(sequence, file?.meta.chainFrom ?? sequence);
      if (file !== undefined) this.#know(file.meta, file.bytes);
    }
    await this.#readTimeline();
    const newest = usable === undefined ? undefined : read.get(usable);
    if (usable === undefined || newest === undefined) return { loaded: null, faulty };
    const bodies: Buffer[] = [];
    for (let link = newest.meta.chainFrom; link <= usable; link++)
      bodies.push(...(read.get(link)?.bodies ?? []));
    return { loaded: { meta: newest.meta, bodies }, faulty };
  }

  /** A state by its id, checked and with all that it needs. Throws `state.unknown`, `state.faulty`. */
  async read(id: string): Promise<LoadedCheckpoint> {
    const known = this.#infos.get(id);
    if (known === undefined) throw unknownState(id);
    const own = await this.#readWhole(id);
    if (known.kind === 'savepoint') return own;
    const bodies: Buffer[] = [];
    for (let link = own.meta.chainFrom; link < own.meta.sequence; link++)
      bodies.push(...(await this.#readWhole(idOf(link))).bodies);
    return { meta: own.meta, bodies: [...bodies, ...own.bodies] };
  }

  /** Newest first. `faulty` names states that were found not to be whole; they are left out. */
  async list(): Promise<{ states: StateInfo[]; faulty: string[] }> {
    const faulty = [...this.#unreadable];
    for (const id of [...this.#infos.keys()]) {
      const whole = await isWholeStateFile(this.#path(id)).catch(() => false);
      // Checkpoints of long ago are deleted while this goes on.
      if (!whole && this.#infos.has(id)) faulty.push(id);
    }
    return { states: this.#states().filter(({ id }) => !faulty.includes(id)), faulty };
  }

  /** Id of the newest checkpoint. */
  get newest(): string {
    return idOf(this.next - 1);
  }

  has(id: string): boolean {
    return this.#infos.has(id);
  }

  /** Makes one checkpoint durable; returns its size in bytes. Older ones that are no longer needed are deleted after. */
  async write(described: CheckpointInput, body: Buffer | readonly Buffer[]): Promise<number> {
    const bodies: readonly Buffer[] = Buffer.isBuffer(body) ? [body] : body;
    const meta = CheckpointMeta.parse(described);
    const bytes = await this.#writeFile(idOf(meta.sequence), meta, bodies);
    this.#files.set(meta.sequence, meta.chainFrom);
    this.#know(meta, bytes);
    await this.#prune(meta);
    return bytes;
  }

  /** Keeps a checkpoint that is there as a savepoint of that name, whole by itself; an older one is replaced. */
  async keep(sequence: number, name: string): Promise<StateInfo> {
    const { meta, bodies } = await this.read(idOf(sequence));
    const parts = bodies.map((body) => body.length);
    const kept = { ...meta, name, chainFrom: meta.sequence, parts };
    const bytes = await this.#writeFile(`savepoint-${name}`, kept, bodies);
    this.#know(kept, bytes);
    await this.#writeList();
    return { ...this.#info(kept, bytes), newest: false };
  }

  /** Makes a state the newest checkpoint: a line that starts from now on starts from it. */
  async adopt(
    state: LoadedCheckpoint,
    change: Partial<CheckpointMeta> = {},
    more: readonly Buffer[] = [],
  ): Promise<void> {
    const bodies = [...state.bodies, ...more];
    const sequence = this.next;
    const parts = bodies.map((body) => body.length);
    await this.write(
      { ...state.meta, ...change, name: null, sequence, chainFrom: sequence, parts, at: Date.now() },
      bodies,
    );
    await this.#writeList();
  }

  /** Deletes a savepoint. Throws `state.unknown`, `state.checkpoint`. */
  async delete(id: string): Promise<void> {
    const known = this.#infos.get(id);
    if (known === undefined) throw unknownState(id);
    if (known.kind === 'checkpoint') {
      throw new LiveDbError({
        code: 'state.checkpoint',
        message: `"${id}" is a checkpoint: the newest are kept, older ones go by themselves.`,
      });
    }
    await rm(this.#path(id), { force: true });
    this.#infos.delete(id);
    this.#specs.delete(id);
    await this.#writeList();
  }

  /** Puts a mark on the timeline. */
  async mark(mark: CheckpointMark): Promise<void> {
    this.#timeline = [...this.#timeline, mark].slice(-TIMELINE_MARKS);
    this.#untold++;
    await this.#writeList();
  }

  /** Marks since the last call; the first time all that are kept. */
  takeMarks(): CheckpointMark[] {
    const told = this.#untold === 0 ? [] : this.#timeline.slice(-this.#untold);
    this.#untold = 0;
    return told;
  }

  /** Deletes every checkpoint before this one: the log they belong to is gone. */
  async clearBefore(sequence: number): Promise<void> {
    for (const one of [...this.#files.keys()]) if (one < sequence) await this.#forget(one);
    await this.#writeList();
  }

  async #writeFile(id: string, meta: CheckpointMeta, bodies: readonly Buffer[]): Promise<number> {
    const file = await StateFileWriter.open(this.#path(id));
    try {
      for (const body of bodies) await file.write(body);
      return await file.finish(meta);
    } catch (error) {
      await file.abandon().catch(() => undefined);
      throw error;
    }
  }

  async #readWhole(id: string): Promise<LoadedCheckpoint> {
    const found = await readStateFile(this.#path(id)).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    });
    if (found !== null) return found;
    throw new LiveDbError({
      code: 'state.faulty',
      message: `"${id}" is not whole: its checksum does not fit, or it is gone.`,
      remedy: 'Choose another one; look at the disk.',
    });
  }

  async #knowSavepoint(id: string): Promise<void> {
    const found = await readStateMeta(this.#path(id));
    if (found === null) this.#unreadable.push(id);
    else this.#know(found.meta, found.bytes);
  }

  #know(meta: CheckpointMeta, bytes: number): void {
    const info = this.#info(meta, bytes);
    this.#infos.set(info.id, info);
    this.#specs.set(info.id, meta.core.states.at(-1)?.spec ?? null);
    if (meta.name === null && meta.query !== '') this.#query = meta.query;
    if (meta.name !== null || meta.sequence < this.#newestKnown) return;
    this.#newestKnown = meta.sequence;
    this.#facts = factsOf(meta);
  }

  #info(meta: CheckpointMeta, bytes: number): Omit<StateInfo, 'newest'> {
    return {
      id: meta.name === null ? idOf(meta.sequence) : `savepoint-${meta.name}`,
      kind: meta.name === null ? 'checkpoint' : 'savepoint',
      name: meta.name,
      query: meta.query,
      at: meta.at,
      bytes,
      durationMs: meta.durationMs,
      events: meta.counters.events,
      offsets: Object.fromEntries(
        Object.entries(meta.input).map(([partition, { next }]) => [partition, String(next)]),
      ),
      watermark: meta.core.clock.watermark,
    };
  }

  #states(): StateInfo[] {
    const { newest } = this;
    return [...this.#infos.values()]
      .map((info) => ({ ...info, newest: info.id === newest }))
      .sort((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1));
  }

  async #prune(newest: CheckpointMeta): Promise<void> {
    // The chain before the newest one stays too: one faulty file must not cost everything.
    const before = Math.min(newest.chainFrom - 1, newest.sequence - KEPT + 1);
    const keepFrom =
      this.#files.get(before) ?? (this.#files.has(newest.chainFrom) ? before : newest.chainFrom);
    for (const sequence of [...this.#files.keys()]) if (sequence < keepFrom) await this.#forget(sequence);
  }

  async #forget(sequence: number): Promise<void> {
    await rm(this.#path(idOf(sequence)), { force: true });
    this.#files.delete(sequence);
    this.#infos.delete(idOf(sequence));
    this.#specs.delete(idOf(sequence));
  }

  async #readTimeline(): Promise<void> {
    const text = await readFile(join(this.#folder, STATE_LIST_FILE), 'utf8').catch(() => null);
    if (text === null) return;
    try {
      const list = StateList.parse(JSON.parse(text));
      this.#timeline = list.timeline;
      this.#untold = list.timeline.length;
    } catch {
      // Torn by a crash, or of another version: the timeline begins anew, the states themselves are in their files.
      this.#timeline = [];
    }
  }

  /** Not synced: it only spares others from opening the states. */
  #writeList(): Promise<void> {
    const writing = this.#listing.then(() => this.#writeListNow());
    this.#listing = writing.catch(() => undefined);
    return writing;
  }

  async #writeListNow(): Promise<void> {
    const path = join(this.#folder, STATE_LIST_FILE);
    const states = this.#states().map((state) => ({
      ...state,
      file: fileName(state.id),
      spec: this.#specs.get(state.id) ?? null,
    }));
    const list: StateList = {
      query: this.#query,
      states,
      timeline: this.#timeline,
      ...this.#facts,
    };
    await writeFile(`${path}.tmp`, JSON.stringify(list));
    await rename(`${path}.tmp`, path);
  }

  #path(id: string): string {
    return join(this.#folder, fileName(id));
  }
}

function idOf(sequence: number): string {
  return `checkpoint-${String(sequence).padStart(12, '0')}`;
}

function fileName(id: string): string {
  return `${id}.bin`;
}

function unknownState(id: string): LiveDbError {
  return new LiveDbError({
    code: 'state.unknown',
    message: `There is no state "${id}" (any more).`,
    remedy: 'See state.list; only the newest checkpoints are kept.',
  });
}
