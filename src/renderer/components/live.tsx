// One figure as text, drawn again by itself: what stands around it need not be. `read` must keep its identity.
import type { Snapshot } from '../../shared/snapshot.ts';
import { useCalmSnapshot, useSnapshot } from '../store/index.ts';

interface Props {
  read: (snapshot: Snapshot) => string;
}

/** Follows every frame: for the big figures. */
export function Live({ read }: Props) {
  return useSnapshot(read);
}

/** Follows four times a second, as fast as small figures can be read. */
export function Calm({ read }: Props) {
  return useCalmSnapshot(read);
}
