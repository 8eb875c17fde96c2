import { Button, Group, Notification, Text } from '@mantine/core';
import { IconAlertTriangle, IconCheck } from '@tabler/icons-react';
import { createContext, use, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { inert } from './inert';
import classes from './toast.module.css';

export interface Toast {
  message: string;
  tone?: 'good' | 'bad';
  /** One thing to do about it, as to undo it. */
  action?: { label: string; run: () => void };
}

type Shown = Toast & { id: number };

const Context = createContext<(toast: Toast) => void>(() => undefined);

/** Says in passing that something was done. */
export function useToast(): (toast: Toast) => void {
  return use(Context);
}

/** Says that something was done and offers to undo it, for as long as it is shown. */
export function useUndo(): (message: string, undo: () => void) => void {
  const toast = useToast();
  return useCallback((message, undo) => toast({ message, action: { label: 'Undo', run: undo } }), [toast]);
}

const MOST = 3;

export function ToastProvider({ children }: { children: React.ReactNode }) {
  const [toasts, setToasts] = useState<readonly Shown[]>([]);
  const next = useRef(0);
  const show = useCallback((toast: Toast) => {
    next.current += 1;
    const shown = { ...toast, id: next.current };
    setToasts((before) => [...before.slice(1 - MOST), shown]);
  }, []);
  const close = useCallback(
    (id: number) => setToasts((before) => before.filter((toast) => toast.id !== id)),
    [],
  );
  const list = useMemo(
    () => toasts.map((toast) => <One key={toast.id} toast={toast} onClose={close} />),
    [toasts, close],
  );
  return (
    <Context value={show}>
      {children}
      <section className={classes.stack} aria-label="Notices" aria-live="polite">
        {list}
      </section>
    </Context>
  );
}

const SECONDS = { plain: 5, withAction: 12 };

function One({ toast, onClose }: { toast: Shown; onClose: (id: number) => void }) {
  const [isHeld, setHeld] = useState(false);
  const { id, action, tone = 'good', message } = toast;
  useEffect(() => {
    // Whoever points at it, or is on it with the keyboard, still wants it.
    if (isHeld) return;
    const timer = setTimeout(() => onClose(id), 1000 * (action ? SECONDS.withAction : SECONDS.plain));
    return () => clearTimeout(timer);
  }, [isHeld, id, action, onClose]);
  return (
    <Notification
      withBorder
      role="group"
      color={tone === 'good' ? 'green.8' : 'red.8'}
      icon={
        tone === 'good' ? <IconCheck size={18} aria-hidden /> : <IconAlertTriangle size={18} aria-hidden />
      }
      onClose={() => onClose(id)}
      closeButtonProps={{ 'aria-label': 'Close the notice' }}
      onMouseMove={() => setHeld(true)}
      onMouseLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      <Group justify="space-between" wrap="nowrap" gap="sm">
        <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
          {inert(message)}
        </Text>
        {action && (
          <Button
            variant="default"
            size="xs"
            onClick={() => {
              onClose(id);
              action.run();
            }}
          >
            {action.label}
          </Button>
        )}
      </Group>
    </Notification>
  );
}
