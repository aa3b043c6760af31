// The theme's tokens for canvases; a component is drawn again when the theme changes.
import { useMemo, useSyncExternalStore } from 'react';
import { type ChartTokens, readTokens } from './tokens.ts';

const SCHEME = 'data-mantine-color-scheme';

function followScheme(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: [SCHEME] });
  return () => observer.disconnect();
}

export function useTokens(): ChartTokens {
  const scheme = useSyncExternalStore(followScheme, () => document.documentElement.getAttribute(SCHEME));
  // biome-ignore lint/correctness/useExhaustiveDependencies: the tokens change with the scheme, which they are read from
  return useMemo(() => readTokens(document.documentElement), [scheme]);
}
