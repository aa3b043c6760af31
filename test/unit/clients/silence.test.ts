// Silence is told once, ended once, and never for an answer that comes in time.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SILENCE_SAID_MS, tellingSilence } from '../../../src/clients/silence.ts';

describe('telling silence', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    told.splice(0);
  });
  afterEach(() => void vi.useRealTimers());
  const told: string[] = [];
  const silence = { said: () => void told.push('said'), over: () => void told.push('over') };

  it('says nothing of an answer in time', async () => {
    const answer = tellingSilence(
      new Promise((done) => setTimeout(() => done(1), SILENCE_SAID_MS - 1)),
      silence,
    );
    await vi.advanceTimersByTimeAsync(SILENCE_SAID_MS * 3);
    expect(await answer).toBe(1);
    expect(told).toEqual([]);
  });

  it('says it once, and that it is over when the answer comes', async () => {
    const answer = tellingSilence(
      new Promise((done) => setTimeout(() => done(2), SILENCE_SAID_MS * 3)),
      silence,
    );
    await vi.advanceTimersByTimeAsync(SILENCE_SAID_MS * 2);
    expect(told).toEqual(['said']);
    await vi.advanceTimersByTimeAsync(SILENCE_SAID_MS * 2);
    expect(await answer).toBe(2);
    expect(told).toEqual(['said', 'over']);
  });

  it('passes a failure on and ends the silence', async () => {
    const late = new Promise((_, fail) => setTimeout(() => fail(new Error('lost')), SILENCE_SAID_MS * 2));
    const answer = tellingSilence(late, silence).catch((error: Error) => error.message);
    await vi.advanceTimersByTimeAsync(SILENCE_SAID_MS * 3);
    expect(await answer).toBe('lost');
    expect(told).toEqual(['said', 'over']);
  });
});
