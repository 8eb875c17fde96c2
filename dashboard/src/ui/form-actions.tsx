import { Button, Group } from '@mantine/core';
import { useFocusBack } from './use-focus-back';

interface Props {
  /** What the form does, on its button. */
  action: string;
  isBusy: boolean;
  onClose: () => void;
}

/** The last row of a form in a dialog. */
export function FormActions({ action, isBusy, onClose }: Props) {
  const submit = useFocusBack(isBusy);
  return (
    <Group justify="flex-end" gap="xs">
      <Button variant="default" onClick={onClose}>
        Cancel
      </Button>
      <Button ref={submit} type="submit" loading={isBusy}>
        {action}
      </Button>
    </Group>
  );
}
