import { Button, Group, List, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useEffect, useState } from 'react';
import { ErrorState } from './error-state';
import { focusHeading } from './focus';
import { inert } from './inert';
import { isTyped } from './typed-name';
import { useFocusBack } from './use-focus-back';

interface Props {
  opened: boolean;
  onClose: () => void;
  title: string;
  /** What will have happened, sentence by sentence. */
  consequences: readonly React.ReactNode[];
  /** What the button does, as in "Delete the endpoint". */
  action: string;
  onConfirm: () => void;
  isBusy?: boolean;
  error?: unknown;
  /** Has to be typed first: for what cannot be had again. */
  typed?: string | undefined;
  isDangerous?: boolean;
  children?: React.ReactNode;
}

const FADED_MS = 400;

/** What the focus would come back to is often gone with what was deleted. */
function keepFocus(): void {
  if (document.activeElement === document.body) focusHeading();
}

/** Asks before something that cannot be undone, and says what it does. */
export function ConfirmDialog(props: Props) {
  const { opened, onClose, title, isBusy = false } = props;
  useEffect(() => {
    if (!opened) return;
    return () => void setTimeout(keepFocus, FADED_MS);
  }, [opened]);
  return (
    <Modal
      opened={opened}
      onClose={isBusy ? () => undefined : onClose}
      title={inert(title)}
      centered
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <Body {...props} />
    </Modal>
  );
}

function Body({
  onClose,
  consequences,
  action,
  onConfirm,
  isBusy = false,
  error,
  typed,
  isDangerous = true,
  children,
}: Props) {
  const [text, setText] = useState('');
  const submit = useFocusBack(isBusy);
  const isReady = typed === undefined || isTyped(text, typed);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (isReady && !isBusy) onConfirm();
      }}
    >
      <Stack>
        <List size="sm" spacing={6}>
          {consequences.map((consequence, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: sentences that never change their order
            <List.Item key={index}>{consequence}</List.Item>
          ))}
        </List>
        {children}
        {typed !== undefined && (
          <TextInput
            label={
              <>
                Type <b>{inert(typed)}</b> to go on
              </>
            }
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            autoComplete="off"
            spellCheck={false}
            data-autofocus
          />
        )}
        {error !== undefined && error !== null && <ErrorState error={error} />}
        <Group justify="flex-end" gap="xs">
          <Button
            variant="default"
            onClick={onClose}
            disabled={isBusy}
            {...(typed === undefined ? { 'data-autofocus': true } : {})}
          >
            Cancel
          </Button>
          <Button
            ref={submit}
            type="submit"
            color={isDangerous ? 'red.8' : 'indigo'}
            loading={isBusy}
            disabled={!isReady}
          >
            {action}
          </Button>
        </Group>
        {typed !== undefined && !isReady && (
          <Text size="xs" c="dimmed" ta="end">
            The button works once the name is typed.
          </Text>
        )}
      </Stack>
    </form>
  );
}
