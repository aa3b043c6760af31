// Canvases are drawn in turn, a few milliseconds of them in each frame, so that a second's redraws never hold up a
// click; in a hidden tab there are no frames, and nothing is drawn. Called by canvas.tsx.

export interface DrawTurns {
  /** Draws in a coming frame; a draw of the same owner that still waits is replaced. */
  ask(owner: object, draw: () => void): void;
  forget(owner: object): void;
}

/** Drawing goes on within a frame until this much of it is used; one canvas is always drawn, ms. */
export const BUDGET_MS = 6;
/** What has waited this long is drawn whatever it takes: a slow machine has few frames, ms. */
export const PATIENCE_MS = 150;

export function createDrawTurns(nextFrame: (run: () => void) => unknown, now: () => number): DrawTurns {
  const waiting = new Map<object, () => void>();
  let asked = false;
  let waitingSince = 0;
  const turn = (): void => {
    asked = false;
    const began = now();
    const late = began - waitingSince >= PATIENCE_MS;
    for (const [owner, draw] of waiting) {
      waiting.delete(owner);
      // Asked for before the draw, which may fail: the others have their turn all the same.
      more();
      draw();
      if (!late && now() - began >= BUDGET_MS) return;
    }
  };
  const more = (): void => {
    if (asked || waiting.size === 0) return;
    asked = true;
    nextFrame(turn);
  };
  return {
    ask(owner, draw) {
      if (waiting.size === 0) waitingSince = now();
      waiting.set(owner, draw);
      more();
    },
    forget(owner) {
      waiting.delete(owner);
    },
  };
}

export const drawTurns = createDrawTurns(
  (run) => requestAnimationFrame(run),
  () => performance.now(),
);
