// Tells screen readers of changes of state (store/announcements.ts), politely.
import { VisuallyHidden } from '@mantine/core';
import { useControlRoom } from '../store/index.ts';

export function LiveRegion() {
  const announcement = useControlRoom((state) => state.announcement);
  return (
    <VisuallyHidden>
      <output aria-live="polite">{announcement}</output>
    </VisuallyHidden>
  );
}
