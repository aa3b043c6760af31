// The log of one partition: appends batches, reads them from any offset, drops the oldest segments, wakes those who
// wait for more. One process writes it, so its end is its high watermark. Used by the handlers and the coordinators.
import { mkdirSync, rmSync } from 'node:fs';
import { ERROR, type ErrorCode } from '../wire/error-codes.ts';
import { type BatchHeader, headerAt, placeAt } from './batch.ts';
import { readBatches } from './batch-reader.ts';
import { type Checkpoint, saveCheckpoint } from './checkpoint.ts';
import { markerBatch } from './control-batch.ts';
import type { AbortedTransaction, ProducerState } from './producer-state.ts';
import { recover } from './recovery.ts';
import { type Allocate, Segment } from './segment.ts';
import { firstAtOrAfter, type TimedOffset } from './timestamps.ts';

/** There is one broker: its leadership never changes hands, and the log never loses what it acknowledged. */
export const LEADER_EPOCH = 0;
/** After this many new bytes a checkpoint is written, so that a start reads no more than that again. */
const CHECKPOINT_BYTES = 16 * 1024 * 1024;

export interface LogSettings {
  segmentBytes: number;
  /** -1: no bound. */
  retentionBytes: number;
  /** ms; -1: no bound. */
  retentionMs: number;
}

export type Appended =
  | { ok: true; baseOffset: number; duplicate: boolean }
  | { ok: false; error: ErrorCode; cause?: unknown };

export class PartitionLog {
  readonly topic: string;
  readonly partition: number;
  settings: LogSettings;
  /** What opening it had to cut or set aside; empty when all was well. */
  readonly recovered: { cutBytes: number; setAside: string[] };
  private readonly folder: string;
  private readonly segments: Segment[];
  private readonly producers: ProducerState;
  private active: Segment;
  private start: number;
  private readonly waiting = new Set<() => void>();
  private unsynced = false;
  /** Full segments that no checkpoint has vouched for yet. */
  private readonly unsyncedSegments: Segment[] = [];
  private sinceCheckpoint = 0;
  private saving: Promise<void> = Promise.resolve();
  private gone = false;

  constructor(topic: string, partition: number, folder: string, settings: LogSettings) {
    this.topic = topic;
    this.partition = partition;
    this.folder = folder;
    this.settings = settings;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const recovered = recover(folder);
    this.recovered = { cutBytes: recovered.cutBytes, setAside: recovered.setAside };
    this.segments = recovered.segments;
    this.producers = recovered.producers;
    this.start = recovered.logStart;
    const last = this.segments.at(-1);
    if (last === undefined) throw new Error(`The log ${topic}-${partition} has no segment`);
    this.active = last;
  }

  get startOffset(): number {
    return this.start;
  }

  /** Offset after the last record: log end and high watermark alike. */
  get endOffset(): number {
    return this.active.nextOffset;
  }

  /** Everything before it is decided: what a read-committed consumer may see. */
  get lastStableOffset(): number {
    return this.producers.firstOpenOffset() ?? this.endOffset;
  }

  get bytes(): number {
    return this.segments.reduce((sum, segment) => sum + segment.size, 0);
  }

  producerList(): ReturnType<ProducerState['list']> {
    return this.producers.list();
  }

  hasOpenTransaction(producerId: number): boolean {
    return this.producers.isOpen(producerId);
  }

  /** Appends checked batches; a repetition of an idempotent batch is answered with its old offset. */
  append(records: Buffer, batches: readonly BatchHeader[]): Appended {
    for (const batch of batches) {
      if (batch.producerId < 0) continue;
      const verdict = this.producers.judge(batch);
      if (verdict.kind === 'refused') return { ok: false, error: verdict.error };
      if (verdict.kind === 'duplicate') return { ok: true, baseOffset: verdict.offset, duplicate: true };
    }
    const baseOffset = this.endOffset;
    const written = this.write(records, batches);
    if (!written.ok) return written;
    let offset = baseOffset;
    for (const batch of batches) {
      this.producers.appended(batch, offset);
      offset += batch.recordCount;
    }
    return { ok: true, baseOffset, duplicate: false };
  }

  /** Ends a producer's transaction on this partition. Throws nothing: the result says what the disk said. */
  appendMarker(producerId: number, producerEpoch: number, commit: boolean, now: number): Appended {
    const batch = markerBatch(producerId, producerEpoch, commit, now);
    const header = headerAt(batch, 0);
    if (header === null) return { ok: false, error: ERROR.UNKNOWN_SERVER_ERROR };
    const baseOffset = this.endOffset;
    const written = this.write(batch, [header]);
    if (written.ok) this.producers.ended(header, baseOffset, commit ? 'commit' : 'abort');
    return written;
  }

  private write(records: Buffer, batches: readonly BatchHeader[]): Appended {
    const baseOffset = this.endOffset;
    let offset = baseOffset;
    for (const batch of batches) {
      placeAt(records, batch, offset, LEADER_EPOCH);
      offset += batch.recordCount;
    }
    try {
      if (this.active.size > 0 && this.active.size + records.length > this.settings.segmentBytes) this.roll();
      this.active.append(records, batches, baseOffset, offset);
    } catch (cause) {
      return { ok: false, error: ERROR.STORAGE_ERROR, cause };
    }
    this.unsynced = true;
    this.sinceCheckpoint += records.length;
    this.wake();
    return { ok: true, baseOffset, duplicate: false };
  }

  private roll(): void {
    const fresh = new Segment(this.folder, this.endOffset);
    this.unsyncedSegments.push(this.active);
    this.segments.push(fresh);
    this.active = fresh;
    this.sinceCheckpoint = CHECKPOINT_BYTES;
  }

  /** Calls `listener` whenever something is appended or the log goes away; returns the end of it. */
  onChange(listener: () => void): () => void {
    this.waiting.add(listener);
    return () => this.waiting.delete(listener);
  }

  private wake(): void {
    for (const listener of this.waiting) listener();
  }

  private segmentOf(offset: number): number {
    let low = 0;
    let high = this.segments.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.segments[middle]?.baseOffset ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /**
   * Whole batches from the one that holds `offset` on, as they lie in one segment, up to `maxBytes` and below the
   * offset `upTo`. With `atLeastOne` the first batch comes even when it is bigger than that (KIP-74).
   */
  read(
    offset: number,
    maxBytes: number,
    upTo: number,
    atLeastOne: boolean,
    allocate?: Allocate,
  ): Buffer | null {
    if (offset >= upTo) return null;
    const segment = this.segments[this.segmentOf(offset)];
    if (segment === undefined) return null;
    return readBatches(segment, offset, maxBytes, upTo, atLeastOne, allocate);
  }

  /** Bytes between an offset and the end, roughly: enough to know whether a waiting fetch has what it asked for. */
  bytesFrom(offset: number): number {
    if (offset >= this.endOffset) return 0;
    const index = this.segmentOf(offset);
    const segment = this.segments[index];
    if (segment === undefined) return 0;
    let bytes = Math.max(1, segment.size - segment.index.positionFor(offset));
    for (let next = index + 1; next < this.segments.length; next += 1)
      bytes += this.segments[next]?.size ?? 0;
    return bytes;
  }

  abortedIn(from: number, to: number): AbortedTransaction[] {
    return this.producers.abortedIn(from, to);
  }

  /** First record at or after a time (epoch ms); null when there is none. */
  offsetAtTime(timestamp: number): TimedOffset | null {
    for (const segment of this.segments) {
      if (segment.maxTimestamp < timestamp) continue;
      let found: TimedOffset | null = null;
      segment.walk(segment.index.positionForTime(timestamp), false, (buffer, header) => {
        if (header.lastOffset >= this.start && !header.control)
          found = firstAtOrAfter(buffer, header, timestamp);
        return found === null;
      });
      if (found !== null) {
        const { offset, timestamp: time }: TimedOffset = found;
        return { offset: Math.max(offset, this.start), timestamp: time };
      }
    }
    return null;
  }

  /** The record with the greatest time, as near as batches tell (KIP-734); null when the log is empty. */
  newestByTime(): TimedOffset | null {
    let newest = -1;
    for (const segment of this.segments) newest = Math.max(newest, segment.maxTimestamp);
    return newest < 0 ? null : this.offsetAtTime(newest);
  }

  /** Moves the start forward (DeleteRecords); whole segments before it are removed. Durable when it resolves. */
  async deleteBefore(offset: number): Promise<void> {
    this.start = Math.max(this.start, offset);
    this.dropBefore(this.start);
    await this.checkpoint();
  }

  private dropBefore(offset: number): void {
    while (this.segments.length > 1 && (this.segments[1]?.baseOffset ?? Number.POSITIVE_INFINITY) <= offset) {
      this.segments.shift()?.remove();
    }
    this.producers.forgetBefore(this.start);
  }

  /** Removes the oldest whole segments beyond the retention settings. */
  enforceRetention(now: number): void {
    const { retentionBytes, retentionMs } = this.settings;
    let bytes = this.bytes;
    while (this.segments.length > 1) {
      const oldest = this.segments[0];
      if (oldest === undefined) return;
      const tooBig = retentionBytes >= 0 && bytes - oldest.size >= retentionBytes;
      const tooOld = retentionMs >= 0 && oldest.maxTimestamp >= 0 && now - oldest.maxTimestamp > retentionMs;
      if (!tooBig && !tooOld) return;
      bytes -= oldest.size;
      this.start = Math.max(this.start, oldest.nextOffset);
      this.dropBefore(this.start);
    }
  }

  /** Puts new data onto the disk itself, and a checkpoint when enough has come since the last one. */
  async sync(): Promise<void> {
    if (this.gone || !this.unsynced) return;
    if (this.sinceCheckpoint >= CHECKPOINT_BYTES) return this.checkpoint();
    this.unsynced = false;
    try {
      await this.active.sync();
    } catch (error) {
      this.unsynced = true;
      throw error;
    }
  }

  /** Data first, then its index, then the checkpoint that vouches for both. */
  checkpoint(): Promise<void> {
    const next = this.saving.then(() => this.saveNow());
    // A failure is the caller's to handle; the next one must not fail because of it.
    this.saving = next.catch(() => undefined);
    return next;
  }

  private async saveNow(): Promise<void> {
    if (this.gone) return;
    const segments = [...this.unsyncedSegments.splice(0), this.active];
    const checkpoint: Checkpoint = {
      version: 1,
      logStart: this.start,
      segment: this.active.baseOffset,
      position: this.active.size,
      nextOffset: this.endOffset,
      producers: this.producers.snapshot(),
    };
    this.unsynced = false;
    this.sinceCheckpoint = 0;
    try {
      for (const segment of segments) {
        if (!this.segments.includes(segment)) continue;
        await segment.sync();
        await segment.saveIndex();
      }
    } catch (error) {
      // The next checkpoint must not vouch for what this one could not write.
      this.unsyncedSegments.push(...segments.filter((segment) => segment !== this.active));
      this.unsynced = true;
      throw error;
    }
    if (!this.gone) await saveCheckpoint(this.folder, checkpoint);
  }

  /** Waits for a running checkpoint and closes the files. */
  async close(): Promise<void> {
    await this.saving;
    this.gone = true;
    for (const segment of this.segments) segment.close();
    this.wake();
  }

  /** Closes and deletes everything; those who wait are woken and find the topic gone. */
  async remove(): Promise<void> {
    await this.close();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
