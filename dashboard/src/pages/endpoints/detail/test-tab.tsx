import { Button, Group, Stack, Text } from '@mantine/core';
import { IconSend } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { take } from '../../../api/client';
import { asApiError } from '../../../api/error';
import type { Endpoint } from '../../../api/types';
import { useApi } from '../../../api/use-api';
import { ErrorState } from '../../../ui/error-state';
import { readJson, withRaw } from '../form/json';
import type { Sample } from '../sample';
import { SampleEvent, useSample } from '../sample-event';
import { TestAnswer } from './test-answer';

const TEST_EVENT = 'webhook.test';
const FIRST: Sample = {
  event: TEST_EVENT,
  data: '{\n  "message": "A test of this endpoint. Nothing happened."\n}',
};

/** Sends an event at once, and shows what came back. */
export function TestTab({ endpoint }: { endpoint: Endpoint }) {
  const api = useApi();
  const [sample, setSample] = useSample(() => FIRST);
  const read = readJson(sample.data);
  const send = useMutation({
    mutationFn: ({ event, data }: Sample) =>
      take(
        api.client.POST('/api/v1/webhooks/{id}/test', {
          params: { path: { id: endpoint.id } },
          body: { event, data: null },
          bodySerializer: () => withRaw({ event }, { data }),
        }),
      ),
  });
  const error = send.error ? asApiError(send.error) : undefined;
  const isFieldFault = error !== undefined && error.errors.length > 0;
  return (
    <Stack maw={760}>
      <Text size="sm">
        Sent at once, past queue and rate limit, whatever the endpoint’s status and event types. Nothing of it
        is kept, and it counts for nothing.
      </Text>
      <SampleEvent
        sample={sample}
        onChange={setSample}
        more={[TEST_EVENT]}
        faults={{
          event: error?.field('/event'),
          data: read.isRight ? error?.field('/data') : read.fault,
        }}
      />
      <Group>
        <Button
          leftSection={<IconSend size={16} aria-hidden />}
          loading={send.isPending}
          disabled={!read.isRight}
          onClick={() => send.mutate(sample)}
        >
          Send the test
        </Button>
      </Group>
      {error && !isFieldFault && <ErrorState error={error} what="The test was not sent" />}
      <div role="status">{send.data && !send.isPending && <TestAnswer attempt={send.data} />}</div>
    </Stack>
  );
}
