import { Alert, Stack, Text } from '@mantine/core';
import { IconEyeOff } from '@tabler/icons-react';
import { useEffect, useRef } from 'react';
import { CodeBlock } from './code-block';
import { CopyButton } from './copy-button';

interface Props {
  /** What it is, as in "The key". */
  what: string;
  value: string;
  children?: React.ReactNode;
}

/** A secret, at the only time that it can be seen. */
export function ShownOnce({ what, value, children }: Props) {
  const root = useRef<HTMLDivElement>(null);
  // What had the focus is gone, and this should be read out.
  useEffect(() => root.current?.focus(), []);
  return (
    <Alert
      ref={root}
      tabIndex={-1}
      color="orange"
      variant="outline"
      icon={<IconEyeOff aria-hidden />}
      title={`${what} is shown now, and never again`}
      styles={{ body: { minWidth: 0 } }}
    >
      <Stack gap="xs">
        <CodeBlock text={value} label={what} bare />
        <div>
          <CopyButton value={value} label={`Copy: ${what}`} words="Copy" />
        </div>
        {children && (
          <Text size="sm" component="div">
            {children}
          </Text>
        )}
      </Stack>
    </Alert>
  );
}
