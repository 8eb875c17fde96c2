import { Alert, Stack, Text } from '@mantine/core';
import { IconBulb } from '@tabler/icons-react';
import { inert } from '../../ui/inert';
import type { Explanation } from './explanation-words';

interface Props {
  explanation: Explanation;
  children?: React.ReactNode;
}

/** What went wrong, and what to do about it. */
export function ExplanationBox({ explanation: { title, text, hint }, children }: Props) {
  return (
    <Alert
      color="orange"
      variant="outline"
      icon={<IconBulb aria-hidden />}
      title={inert(title)}
      styles={{ title: { color: 'var(--hy-warn)' }, icon: { color: 'var(--hy-warn)' } }}
    >
      <Stack gap={6}>
        <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
          {inert(text)}
        </Text>
        <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
          <b>What to do:</b> {inert(hint)}
        </Text>
        {children}
      </Stack>
    </Alert>
  );
}
