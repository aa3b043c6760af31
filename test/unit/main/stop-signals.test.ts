import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { onStopSignals } from '../../../src/main/stop-signals.ts';

function setUp() {
  const process = new EventEmitter();
  const clock = { at: 0 };
  const wishes: string[] = [];
  onStopSignals({
    process,
    now: () => clock.at,
    stop: (why) => void wishes.push(`stop ${why}`),
    hurry: (why) => void wishes.push(`hurry ${why}`),
  });
  return { process, clock, wishes };
}

describe('wishes to stop', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK'])('%s drains', (signal) => {
    const { process, wishes } = setUp();
    process.emit(signal);
    expect(wishes).toEqual([`stop ${signal}`]);
  });

  it('takes a second wish for a hurry, but not the echo of the first', () => {
    const { process, clock, wishes } = setUp();
    process.emit('SIGINT');
    clock.at = 300;
    process.emit('SIGINT');
    expect(wishes).toEqual(['stop SIGINT']);
    clock.at = 2_000;
    process.emit('SIGINT');
    expect(wishes).toEqual(['stop SIGINT', 'hurry SIGINT']);
  });

  it('ends with its launcher, which is never a hurry', () => {
    const { process, clock, wishes } = setUp();
    process.emit('disconnect');
    clock.at = 5_000;
    process.emit('disconnect');
    expect(wishes).toEqual(['stop the launcher is gone']);
  });
});
