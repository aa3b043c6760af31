import { expect, test } from 'vitest';
import { createDrawTurns } from '../../../../src/renderer/charts/draw-turns.ts';

function frames() {
  const asked: (() => void)[] = [];
  const turns = createDrawTurns((run) => asked.push(run));
  return { turns, waiting: () => asked.length, frame: () => asked.shift()?.() };
}

test('one canvas a frame, each once, with what was asked for last', () => {
  const { turns, frame, waiting } = frames();
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
  expect(waiting()).toBe(0);
});

test('a canvas that is gone is not drawn, and a draw that fails holds up no other', () => {
  const { turns, frame } = frames();
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
