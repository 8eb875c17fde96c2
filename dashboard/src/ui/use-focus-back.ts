import { type RefObject, useEffect, useRef } from 'react';

/** For a button that is disabled while it works, and loses the focus by that: it has it again when it still stands there. */
export function useFocusBack(isBusy: boolean): RefObject<HTMLButtonElement | null> {
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!isBusy) return;
    return () =>
      void requestAnimationFrame(() => {
        if (document.activeElement === document.body) button.current?.focus();
      });
  }, [isBusy]);
  return button;
}
