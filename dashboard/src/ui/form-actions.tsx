import { Button, Group } from '@mantine/core';

interface Props {
  /** What the form does, on its button. */
  action: string;
  isBusy: boolean;
  onClose: () => void;
}

/** The last row of a form in a dialog. */
export function FormActions({ action, isBusy, onClose }: Props) {
  return (
    <Group justify="flex-end" gap="xs">
      <Button variant="default" onClick={onClose}>
        Cancel
      </Button>
      <Button type="submit" loading={isBusy}>
        {action}
      </Button>
    </Group>
  );
}
