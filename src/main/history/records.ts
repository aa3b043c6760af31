// The logs of one history file, opened together: this LiveDB's own, or that of a bundle. Used by store.ts and bundle/.
import { type AnnotationLog, openAnnotationLog } from './annotations.ts';
import type { HistoryDatabase } from './file.ts';
import { type JournalLog, openJournalLog } from './journal.ts';
import { type MomentLog, openMomentLog } from './moments.ts';
import { openPassageLog, type PassageLog } from './passages.ts';
import { openPointLog, type PointLog } from './points.ts';
import { openResultLog, type ResultLog } from './results.ts';

export interface Records {
  points: PointLog;
  results: ResultLog;
  journal: JournalLog;
  passages: PassageLog;
  moments: MomentLog;
  annotations: AnnotationLog;
}

export function openRecords(db: HistoryDatabase): Records {
  return {
    points: openPointLog(db),
    results: openResultLog(db),
    journal: openJournalLog(db),
    passages: openPassageLog(db),
    moments: openMomentLog(db),
    annotations: openAnnotationLog(db),
  };
}
