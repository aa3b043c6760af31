// Lets Escape take back a question that stands inside a dialog, and leave the dialog open. Spread into everything of the
// question that can have the focus.
import type { KeyboardEvent } from 'react';

/** The dialog listens before the element does, and looks for the mark on it. */
export function escapeTakesBack(takeBack: () => void) {
  return {
    'data-mantine-stop-propagation': 'true',
    onKeyDown: (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return;
      event.stopPropagation();
      takeBack();
    },
  } as const;
}
