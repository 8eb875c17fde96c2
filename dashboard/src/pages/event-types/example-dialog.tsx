import { Button, Modal } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconBraces } from '@tabler/icons-react';
import { JsonView } from '../../ui/code-block';
import { inert } from '../../ui/inert';

/** The example of a type, to look at and to copy. */
export function ExampleDialog({ type, example }: { type: string; example: unknown }) {
  const [opened, { open, close }] = useDisclosure(false);
  return (
    <>
      <Button
        className="hy-above"
        variant="default"
        size="compact-xs"
        leftSection={<IconBraces size={14} aria-hidden />}
        onClick={open}
        aria-label={`Example of ${inert(type)}`}
      >
        Example
      </Button>
      <Modal
        opened={opened}
        onClose={close}
        title={`Example of ${inert(type)}`}
        size="lg"
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <JsonView text={JSON.stringify(example)} label={`Example of ${type}`} />
      </Modal>
    </>
  );
}
