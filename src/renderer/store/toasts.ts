// Short messages about what was just done or refused: at most four, the oldest gives way. Shown by components/toasts.tsx.
import type { LiveDbErrorData } from '../../shared/errors.ts';
import type { ControlRoomStore, Toast } from './state.ts';

const MAX_TOASTS = 4;
let nextId = 1;

export function reportDone(store: ControlRoomStore, text: string, undo: (() => void) | null = null): void {
  push(store, { kind: 'done', text, error: null, undo });
}

export function reportFailure(store: ControlRoomStore, text: string, error: LiveDbErrorData): void {
  push(store, { kind: 'failed', text, error, undo: null });
}

export function dismissToast(store: ControlRoomStore, id: number): void {
  store.setState((state) => ({ toasts: state.toasts.filter((toast) => toast.id !== id) }));
}

function push(store: ControlRoomStore, toast: Omit<Toast, 'id'>): void {
  const id = nextId++;
  store.setState((state) => ({ toasts: [...state.toasts, { ...toast, id }].slice(-MAX_TOASTS) }));
}
