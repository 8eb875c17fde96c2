import { Alert, Stack, Text } from '@mantine/core';
import { IconInfoCircle } from '@tabler/icons-react';
import type { Delivery } from '../../api/types';
import { reasonOf } from '../dead-letters/reason';
import { useEndpoint } from './endpoint-names';

/** Why a delivery stands as it does, where its status alone does not say. */
export function Standing({ delivery }: { delivery: Delivery }) {
  const endpoint = useEndpoint(delivery.webhookId);
  const { deadReason, status } = delivery;
  if (deadReason !== null) {
    const { title, meaning, next } = reasonOf(deadReason);
    return (
      <Box title={`${status === 'dead' ? 'Given up' : 'Not sent'}: ${title}`}>
        {meaning} {next}
      </Box>
    );
  }
  if ((status === 'pending' || status === 'retrying') && endpoint?.status === 'paused')
    return (
      <Box title="Its endpoint is paused">
        Nothing is sent to it. This delivery waits, and goes out when the endpoint is resumed.
      </Box>
    );
  return null;
}

function Box({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <Alert color="gray" variant="outline" icon={<IconInfoCircle aria-hidden />} title={title}>
      <Stack gap={4}>
        <Text size="sm">{children}</Text>
      </Stack>
    </Alert>
  );
}
