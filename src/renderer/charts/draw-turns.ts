// Canvases are drawn one a frame, in turn, so that a second's six redraws never hold up a click; in a hidden tab there
// are no frames, and nothing is drawn. Called by canvas.tsx.

export interface DrawTurns {
  /** Draws in a coming frame; a draw of the same owner that still waits is replaced. */
  ask(owner: object, draw: () => void): void;
  forget(owner: object): void;
}

export function createDrawTurns(nextFrame: (run: () => void) => unknown): DrawTurns {
  const waiting = new Map<object, () => void>();
  let asked = false;
  const turn = (): void => {
    asked = false;
    const first = waiting.entries().next().value;
    if (first === undefined) return;
    waiting.delete(first[0]);
    more();
    first[1]();
  };
  const more = (): void => {
    if (asked || waiting.size === 0) return;
    asked = true;
    nextFrame(turn);
  };
  return {
    ask(owner, draw) {
      waiting.set(owner, draw);
      more();
    },
    forget(owner) {
      waiting.delete(owner);
    },
  };
}

export const drawTurns = createDrawTurns((run) => requestAnimationFrame(run));
