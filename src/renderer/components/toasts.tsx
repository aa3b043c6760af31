// What was just done or refused, at the lower right: goes by itself, stays while it is pointed at, may be undone.
import { ActionIcon, Button } from '@mantine/core';
import { IconAlertTriangle, IconCheck, IconX } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { controlRoom, dismissToast, useControlRoom } from '../store/index.ts';
import type { Toast } from '../store/state.ts';
import styles from './toasts.module.css';

const SHOWN_MS = { done: 5_000, failed: 15_000 };

export function Toasts() {
  const toasts = useControlRoom((state) => state.toasts);
  return (
    <section className={styles.toasts} aria-label="Notifications" aria-live="polite">
      {toasts.map((toast) => (
        <ToastCard key={toast.id} toast={toast} />
      ))}
    </section>
  );
}

function ToastCard({ toast }: { toast: Toast }) {
  const [held, setHeld] = useState(false);
  const dismiss = () => dismissToast(controlRoom, toast.id);

  useEffect(() => {
    if (held) return;
    const timer = setTimeout(() => dismissToast(controlRoom, toast.id), SHOWN_MS[toast.kind]);
    return () => clearTimeout(timer);
  }, [held, toast]);

  const Icon = toast.kind === 'done' ? IconCheck : IconAlertTriangle;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: pointing only holds the message; nothing is operated here.
    <div
      className={styles.toast}
      data-kind={toast.kind}
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      <Icon size={16} aria-hidden className={styles.icon} />
      <div className={styles.text}>
        <strong>{toast.text}</strong>
        {toast.error !== null && <p>{toast.error.message}</p>}
        {toast.error?.remedy !== undefined && <p>{toast.error.remedy}</p>}
      </div>
      {toast.undo !== null && (
        <Button
          size="compact-xs"
          onClick={() => {
            toast.undo?.();
            dismiss();
          }}
        >
          Undo
        </Button>
      )}
      <ActionIcon size={22} variant="subtle" color="gray" aria-label="Dismiss" onClick={dismiss}>
        <IconX size={13} />
      </ActionIcon>
    </div>
  );
}
