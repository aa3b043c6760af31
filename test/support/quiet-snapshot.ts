// A snapshot of a pipeline at rest, and frames of it, for tests of what carries or shows them.
import { DEFAULT_SETTINGS } from '../../src/shared/settings.ts';
import type { Frame, LifeStatus, Snapshot } from '../../src/shared/snapshot.ts';

const still: LifeStatus = {
  state: 'stopped',
  pid: null,
  restarts: 0,
  since: null,
  retryAt: null,
  error: null,
  waiting: null,
  cpu: null,
  rssBytes: null,
};

export function quietSnapshot(change: Partial<Snapshot> = {}): Snapshot {
  return {
    at: Date.UTC(2026, 10, 23, 10),
    version: '0.0.1',
    edition: 'browser',
    dataDir: '/data',
    services: {
      postgres: { ...still, url: null, version: null, kind: 'embedded', rows: null },
      kafka: {
        ...still,
        bootstrap: null,
        kind: 'embedded',
        topic: 'db_live_events',
        partitions: null,
        bytes: null,
      },
      engine: { ...still, kind: 'built-in' },
    },
    stages: {
      writer: { ...still, rows: 0, rate: { target: 50, achieved: 0 }, seed: null, turn: null },
      producer: {
        ...still,
        events: 0,
        rate: 0,
        lag: { rows: 0, seconds: 0 },
        capture: 'polling',
        captureDetail: null,
        cursor: 'tx',
        position: null,
      },
      processor: {
        ...still,
        events: 0,
        rate: 0,
        results: 0,
        late: 0,
        dropped: 0,
        unreadable: 0,
        lag: { events: 0, seconds: 0 },
        watermark: null,
        offsets: {},
        checkpoint: null,
        openWindows: 0,
        checkpoints: [],
        lines: [],
      },
    },
    latency: { p50: null, p95: null, p99: null },
    ledger: {
      written: 0,
      captured: 0,
      published: 0,
      processed: 0,
      missing: 0,
      duplicates: 0,
      checkedAt: null,
    },
    incidents: [],
    replays: [],
    audit: null,
    chaos: { run: null, scorecards: [] },
    settings: DEFAULT_SETTINGS,
    connections: [],
    amounts: null,
    schemaProposal: null,
    ...change,
  };
}

export function frameOf(seq: number, change: Partial<Frame> = {}): Frame {
  return { seq, snapshot: quietSnapshot(), results: [], points: [], ...change };
}
