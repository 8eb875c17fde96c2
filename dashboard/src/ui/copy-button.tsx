import { ActionIcon, Button, Tooltip, VisuallyHidden } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { copyText } from './clipboard';

interface Props {
  value: string;
  /** What is copied, as in "Copy the delivery's id". */
  label: string;
  /** With words on it, instead of a sign alone. */
  words?: string;
}

const SHOWN_MS = 2000;

export function CopyButton({ value, label, words }: Props) {
  const [told, setTold] = useState<string | null>(null);
  useEffect(() => {
    if (told === null) return;
    const timer = setTimeout(() => setTold(null), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [told]);
  const copy = async () => {
    setTold((await copyText(value)) ? 'Copied' : 'The browser refused: select the text and copy it yourself');
  };
  const icon = told === 'Copied' ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />;
  return (
    <>
      <Tooltip label={told ?? label} {...(told === null ? {} : { opened: true })}>
        {words === undefined ? (
          <ActionIcon className="hy-above" variant="subtle" color="gray" aria-label={label} onClick={copy}>
            {icon}
          </ActionIcon>
        ) : (
          <Button
            className="hy-above"
            variant="default"
            size="xs"
            leftSection={icon}
            aria-label={label}
            onClick={copy}
          >
            {words}
          </Button>
        )}
      </Tooltip>
      <VisuallyHidden role="status">{told ?? ''}</VisuallyHidden>
    </>
  );
}
