// Writing, changing and removing annotations, and word of it to whatever shows them.
import { createStore } from 'zustand/vanilla';
import type { Annotation } from '../../../shared/annotation.ts';
import { perform } from '../../store/index.ts';

/** Grows with each change made on this page: charts and timeline then ask for annotations again. */
export const annotationChanges = createStore<{ count: number }>(() => ({ count: 0 }));

function changed(): void {
  annotationChanges.setState(({ count }) => ({ count: count + 1 }));
}

export type Note = Pick<Annotation, 'at' | 'until' | 'text'>;

/** Resolves to whether it was taken; the person was told if not. */
export async function writeAnnotation(id: string | null, note: Note): Promise<boolean> {
  const failed = 'The annotation was not saved';
  const answer =
    id === null
      ? await perform('annotation.add', note, { done: 'Annotated', failed })
      : await perform('annotation.change', { id, ...note }, { done: 'Annotation changed', failed });
  if (answer !== null) changed();
  return answer !== null;
}

export async function removeAnnotation({ id, createdAt: _, ...note }: Annotation): Promise<boolean> {
  const how = {
    done: 'Annotation removed',
    failed: 'The annotation was not removed',
    undo: () => void writeAnnotation(null, note),
  };
  const answer = await perform('annotation.remove', { id }, how);
  if (answer !== null) changed();
  return answer !== null;
}
