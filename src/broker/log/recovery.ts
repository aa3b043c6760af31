// Opens the files of one partition's log after any end: takes what the checkpoint vouches for, walks the rest batch by
// batch with its checksums, cuts a torn tail. Called by PartitionLog when it opens.
import { readdirSync, renameSync } from 'node:fs';
import { loadCheckpoint } from './checkpoint.ts';
import { markerOf } from './control-batch.ts';
import { ProducerState } from './producer-state.ts';
import { Segment } from './segment.ts';

export interface RecoveredLog {
  segments: Segment[];
  logStart: number;
  producers: ProducerState;
  /** Bytes of a torn or damaged tail that were cut. */
  cutBytes: number;
  /** Files behind a damaged place, set aside under another name. */
  setAside: string[];
}

function basesIn(folder: string): number[] {
  return readdirSync(folder)
    .filter((name) => /^\d{20}\.log$/.test(name))
    .map((name) => Number(name.slice(0, 20)))
    .sort((a, b) => a - b);
}

/** Takes the part of a segment before `end` as good, with its index; it must lead to the offset `next`. */
function trust(segment: Segment, end: number, next: number): void {
  for (const indexed of [segment.loadIndex(end), false]) {
    if (!indexed) segment.forgetIndex();
    const from = segment.index.positionFor(Number.MAX_SAFE_INTEGER);
    segment.walk(from, false, (_buffer, header, position) => {
      if (position >= end) return false;
      segment.noteFound(header, position);
      return true;
    });
    if (segment.nextOffset === next) return;
  }
}

export function recover(folder: string): RecoveredLog {
  const bases = basesIn(folder);
  const segments = (bases.length === 0 ? [0] : bases).map((base) => new Segment(folder, base));
  const first = segments[0]?.baseOffset ?? 0;
  const saved = loadCheckpoint(folder);
  const vouching = segments.find((segment) => segment.baseOffset === saved?.segment);
  const checkpoint =
    saved !== null && vouching !== undefined && vouching.size >= saved.position ? saved : null;
  const producers = checkpoint === null ? new ProducerState() : ProducerState.from(checkpoint.producers);
  const found: RecoveredLog = {
    segments: [],
    logStart: Math.max(first, checkpoint?.logStart ?? saved?.logStart ?? first),
    producers,
    cutBytes: 0,
    setAside: [],
  };

  for (const [place, segment] of segments.entries()) {
    const previous = found.segments.at(-1);
    if (found.cutBytes > 0 || (previous !== undefined && previous.nextOffset !== segment.baseOffset)) {
      // Something before it is damaged: offsets must not jump, and nothing is thrown away.
      segment.close();
      renameSync(segment.path, `${segment.path}.damaged`);
      found.setAside.push(segment.path);
      continue;
    }
    found.segments.push(segment);
    let from = 0;
    if (checkpoint !== null && segment.baseOffset <= checkpoint.segment) {
      const vouched = segment.baseOffset === checkpoint.segment;
      from = vouched ? checkpoint.position : segment.size;
      trust(segment, from, vouched ? checkpoint.nextOffset : (segments[place + 1]?.baseOffset ?? -1));
      if (!vouched) continue;
    }
    // The first offset must follow on, or the checkpoint is not of this file.
    const end = segment.walk(from, true, (buffer, header, position) => {
      if (header.baseOffset !== segment.nextOffset) return false;
      segment.noteFound(header, position);
      if (header.control) {
        const kind = markerOf(buffer, header);
        if (kind !== null) producers.ended(header, header.baseOffset, kind);
      } else {
        producers.appended(header, header.baseOffset);
      }
      return true;
    });
    if (end < segment.size) {
      found.cutBytes += segment.size - end;
      segment.cut(end);
    }
  }
  // Nothing before its start may stay open; and a log that lost its end cannot start behind it.
  const last = found.segments.at(-1);
  if (last !== undefined) found.logStart = Math.min(found.logStart, last.nextOffset);
  return found;
}
