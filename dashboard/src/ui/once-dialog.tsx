import { Modal } from '@mantine/core';
import { type ReactNode, useState } from 'react';

interface Props {
  opened: boolean;
  /** While it asks, and when it shows what it made. */
  title: string;
  shownTitle: string;
  onClose: () => void;
  /** `onShown` is called when the secret is there. */
  children: (dialog: { close: () => void; onShown: () => void }) => ReactNode;
}

/** A dialog at whose end a secret is shown, once: it is gone with the dialog, and a click beside it is too little for that. */
export function OnceDialog({ opened, title, shownTitle, onClose, children }: Props) {
  const [isShown, setShown] = useState(false);
  const close = () => {
    setShown(false);
    onClose();
  };
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={isShown ? shownTitle : title}
      size="lg"
      closeOnClickOutside={!isShown}
      closeOnEscape={!isShown}
      withCloseButton={!isShown}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {children({ close, onShown: () => setShown(true) })}
    </Modal>
  );
}
