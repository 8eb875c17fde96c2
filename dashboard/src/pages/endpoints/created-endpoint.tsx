import { Group, Stack, Text, Title } from '@mantine/core';
import { useBlocker } from '@tanstack/react-router';
import { useEffect } from 'react';
import type { EndpointWithSecret } from '../../api/types';
import { useApi } from '../../api/use-api';
import { focusHeading } from '../../ui/focus';
import { inert } from '../../ui/inert';
import { ButtonLink, TextLink } from '../../ui/links';
import { PageHeader } from '../../ui/page-header';
import { HowToVerify, ShownSecret } from './shown-secret';

/** An endpoint that was just made: its secret, and what comes next. */
export function CreatedEndpoint({ endpoint }: { endpoint: EndpointWithSecret }) {
  const { tenant } = useApi();
  const params = { tenant, endpointId: endpoint.id };
  // The form is gone: whoever read or typed there is led to what took its place.
  useEffect(() => {
    focusHeading();
    globalThis.scrollTo(0, 0);
  }, []);
  const isSigned = endpoint.kind === 'http';
  // A reload takes the secret away for good: the browser asks before.
  useBlocker({ shouldBlockFn: () => false, enableBeforeUnload: isSigned });
  return (
    <Stack>
      <PageHeader
        title={`${inert(endpoint.name)} is there`}
        above={
          <TextLink to="/t/$tenant/endpoints" params={{ tenant }} size="sm">
            Endpoints
          </TextLink>
        }
      >
        Every event from now on that matches is owed to it.
      </PageHeader>
      {isSigned && <ShownSecret secret={endpoint.secret} />}
      <Group gap="xs">
        <ButtonLink to="/t/$tenant/endpoints/$endpointId" params={params} search={{ tab: 'test' }}>
          Send a test
        </ButtonLink>
        <ButtonLink to="/t/$tenant/endpoints/$endpointId" params={params} variant="default">
          To the endpoint
        </ButtonLink>
      </Group>
      {isSigned && (
        <Stack gap="xs">
          <Title order={2}>Verify what comes</Title>
          <Text size="sm" maw="70ch">
            Anybody can post to a URL. The signature says that it was Hookyard, and that nobody changed the
            body on its way. Verify it before anything else, then answer with 2xx and work afterwards.
          </Text>
          <HowToVerify />
        </Stack>
      )}
    </Stack>
  );
}
