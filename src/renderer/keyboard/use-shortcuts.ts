// Listens for the page's shortcuts. Keys that someone types into a field, and keys under an open dialog, are not ours.
import { useEffect } from 'react';
import { controlRoom } from '../store/index.ts';
import { keysOf } from './keys.ts';
import { PALETTE_KEYS, SHORTCUTS } from './shortcuts.ts';

export function useShortcuts(): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.repeat) return;
      const keys = keysOf(event);
      const shortcut = SHORTCUTS.find((candidate) => candidate.keys === keys);
      if (shortcut === undefined) return;
      const { overlay, snapshot } = controlRoom.getState();
      if (snapshot === null) return;
      if (keys !== PALETTE_KEYS && (overlay !== null || isTyping(event.target))) return;
      if (overlay !== null && overlay.kind !== 'palette') return;
      event.preventDefault();
      shortcut.run();
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, []);
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      target.closest('input:not([type=radio]), textarea, select, [role=dialog]') !== null)
  );
}
