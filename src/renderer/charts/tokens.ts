// The colours that canvases are painted with, read from the page's own tokens (theme.css), so that charts and the
// rest of the page cannot differ. Read again when the theme changes.

export interface ChartTokens {
  panel: string;
  ink: string;
  dim: string;
  line: string;
  accent: string;
  series: readonly string[];
  /** For everything that has no colour of its own. */
  other: string;
  severity: { info: string; warning: string; error: string };
  fontSans: string;
  fontMono: string;
}

/** Reads the tokens that hold for `element` now. */
export function readTokens(element: Element): ChartTokens {
  const style = getComputedStyle(element);
  const token = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    panel: token('panel'),
    ink: token('ink'),
    dim: token('dim'),
    line: token('line'),
    accent: token('accent'),
    series: [1, 2, 3, 4, 5, 6, 7, 8].map((slot) => token(`s${slot}`)),
    other: token('faint'),
    severity: { info: token('faint'), warning: token('warn'), error: token('bad') },
    fontSans: token('font-sans'),
    fontMono: token('font-mono'),
  };
}

/** The colour of a series; those past the palette, and slot -1, share the colour of "other". */
export function slotColour(tokens: ChartTokens, slot: number): string {
  return tokens.series[slot] ?? tokens.other;
}

/** The same colour for the page's own elements, as a reference to the token. */
export function slotVariable(slot: number): string {
  return slot >= 0 && slot < 8 ? `var(--s${slot + 1})` : 'var(--faint)';
}

/** A `#rrggbb` colour with an alpha of 0 to 1. */
export function withAlpha(colour: string, alpha: number): string {
  const byte = Math.round(Math.min(1, Math.max(0, alpha)) * 255);
  return `${colour}${byte.toString(16).padStart(2, '0')}`;
}
