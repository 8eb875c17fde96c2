import { Alert, Text } from '@mantine/core';
import { IconInfoCircle } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { take } from '../../api/client';
import type { Delivery } from '../../api/types';
import { useApi } from '../../api/use-api';
import { Time } from '../../ui/time';
import { reasonOf } from '../dead-letters/reason';
import { waiting } from './waiting';

const LOOK_AGAIN_MS = 5000;

/** Why a delivery stands as it does, where its status alone does not say. */
export function Standing({ delivery }: { delivery: Delivery }) {
  const { deadReason, status } = delivery;
  if (deadReason !== null) {
    const { title, meaning, next } = reasonOf(deadReason);
    return (
      <Box title={`${status === 'dead' ? 'Given up' : 'Not sent'}: ${title}`}>
        {meaning} {next}
      </Box>
    );
  }
  if (status === 'pending' || status === 'retrying') return <WhyWaiting delivery={delivery} />;
  return null;
}

/** What its endpoint's actor says. Where it cannot be asked, nothing is said: the page has what matters. */
function WhyWaiting({ delivery }: { delivery: Delivery }) {
  const api = useApi();
  const id = delivery.webhookId;
  const { data } = useQuery({
    queryKey: api.key('endpoints', 'state', id),
    queryFn: ({ signal }) =>
      take(api.client.GET('/api/v1/webhooks/{id}/state', { params: { path: { id } }, signal })),
    refetchInterval: LOOK_AGAIN_MS,
  });
  const why = data && waiting(delivery, data, Date.now());
  if (!why) return null;
  return (
    <Box title={why.title}>
      {why.text}
      {why.until !== null && (
        <>
          {' '}
          <Time at={why.until} />.
        </>
      )}
    </Box>
  );
}

function Box({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <Alert color="gray" variant="outline" icon={<IconInfoCircle aria-hidden />} title={title}>
      <Text size="sm">{children}</Text>
    </Alert>
  );
}
