import { expect, it } from 'vitest';
import { undoOfProcessor } from '../../../../src/renderer/store/undo.ts';
import { DEFAULT_QUERY } from '../../../../src/shared/query.ts';
import { DEFAULT_SETTINGS } from '../../../../src/shared/settings.ts';

it('takes back the fields that a change named, and nothing that was changed beside it', () => {
  const before = DEFAULT_SETTINGS.processor;
  expect(undoOfProcessor({ query: { groupBy: [] } }, before)).toEqual({ query: { groupBy: ['org'] } });
  expect(
    undoOfProcessor({ query: { window: { kind: 'session', gapMs: 100 }, idleTimeoutMs: 100 } }, before),
  ).toEqual({ query: { window: DEFAULT_QUERY.window, idleTimeoutMs: DEFAULT_QUERY.idleTimeoutMs } });
  expect(undoOfProcessor({ checkpointIntervalMs: 5 }, before)).toEqual({
    checkpointIntervalMs: before.checkpointIntervalMs,
  });
});
