import { expect, test } from 'vitest';
import { BUDGET_MS, createDrawTurns, PATIENCE_MS } from '../../../../src/renderer/charts/draw-turns.ts';

/** Each reading of the clock is `stepMs` after the one before. */
function frames(stepMs: number) {
  const asked: (() => void)[] = [];
  let time = 0;
  const now = () => {
    time += stepMs;
    return time;
  };
  const turns = createDrawTurns((run) => asked.push(run), now);
  return { turns, waiting: () => asked.length, frame: () => asked.shift()?.() };
}

test('what fits into a frame is drawn in it', () => {
  const { turns, frame } = frames(BUDGET_MS / 2);
  const drawn: string[] = [];
  for (const name of ['a', 'b', 'c']) turns.ask({}, () => drawn.push(name));
  frame();
  expect(drawn).toEqual(['a', 'b']);
  frame();
  expect(drawn).toEqual(['a', 'b', 'c']);
});

test('slow ones have a frame each, and are drawn once, with what was asked for last', () => {
  const { turns, frame, waiting } = frames(BUDGET_MS);
  const drawn: string[] = [];
  const [a, b] = [{}, {}];
  turns.ask(a, () => drawn.push('a1'));
  turns.ask(b, () => drawn.push('b1'));
  turns.ask(a, () => drawn.push('a2'));
  expect(drawn).toEqual([]);
  frame();
  expect(drawn).toEqual(['a2']);
  frame();
  expect(drawn).toEqual(['a2', 'b1']);
  frame();
  expect(waiting()).toBe(0);
});

test('where frames are rare, all that wait are drawn in one', () => {
  const { turns, frame } = frames(PATIENCE_MS);
  const drawn: string[] = [];
  for (const name of ['a', 'b', 'c']) turns.ask({}, () => drawn.push(name));
  frame();
  expect(drawn).toEqual(['a', 'b', 'c']);
});

test('a canvas that is gone is not drawn, and a draw that fails holds up no other', () => {
  const { turns, frame } = frames(BUDGET_MS);
  const drawn: string[] = [];
  const [gone, broken, sound] = [{}, {}, {}];
  turns.ask(gone, () => drawn.push('gone'));
  turns.ask(broken, () => {
    throw new Error('no context');
  });
  turns.ask(sound, () => drawn.push('sound'));
  turns.forget(gone);
  expect(frame).toThrow('no context');
  frame();
  expect(drawn).toEqual(['sound']);
});
