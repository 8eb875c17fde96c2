import { Button, Stack } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { takeTagged } from '../../api/client';
import { IdempotencyKeys } from '../../api/id';
import type { EndpointWithSecret } from '../../api/types';
import { useApi } from '../../api/use-api';
import { useSession } from '../../session/hooks';
import { TextLink } from '../../ui/links';
import { NoPermission } from '../../ui/no-permission';
import { PageHeader } from '../../ui/page-header';
import { CreatedEndpoint } from './created-endpoint';
import { bodyOf, written } from './form/body';
import { newDraft } from './form/draft';
import { EndpointForm } from './form/endpoint-form';
import { useEndpointChanged } from './queries';
import { useLeaveGuard } from './use-leave-guard';

export function NewEndpointPage() {
  const { can } = useSession();
  const { tenant } = useParams({ from: '/app/t/$tenant/endpoints/new' });
  const [created, setCreated] = useState<EndpointWithSecret>();
  const above = (
    <TextLink to="/t/$tenant/endpoints" params={{ tenant }} size="sm">
      Endpoints
    </TextLink>
  );
  if (!can('write')) {
    return (
      <>
        <PageHeader title="New endpoint" above={above} />
        <NoPermission what="create endpoints" roles="an editor, admin or operator" />
      </>
    );
  }
  if (created) return <CreatedEndpoint endpoint={created} />;
  return (
    <Stack>
      <PageHeader title="New endpoint" above={above}>
        A URL and the events it wants are enough. Everything else has good defaults, and can be changed later.
      </PageHeader>
      <Create onCreated={setCreated} />
    </Stack>
  );
}

function Create({ onCreated }: { onCreated: (endpoint: EndpointWithSecret) => void }) {
  const api = useApi();
  const navigate = useNavigate();
  const changed = useEndpointChanged();
  const [draft, setDraft] = useState(newDraft);
  const [isTouched, setTouched] = useState(false);
  const keys = useRef(new IdempotencyKeys());
  const guard = useLeaveGuard(isTouched);
  const create = useMutation({
    mutationFn: () => {
      const body = bodyOf(draft);
      return takeTagged(
        api.client.POST('/api/v1/webhooks', {
          params: { header: { 'Idempotency-Key': keys.current.for(written(body, draft)) } },
          body,
          bodySerializer: (fields) => written(fields, draft),
        }),
      );
    },
    onSuccess: ({ data: { secret, ...endpoint }, etag }) => {
      keys.current.done();
      changed({ data: endpoint, etag });
      onCreated({ ...endpoint, secret });
    },
  });
  return (
    <>
      <EndpointForm
        isNew
        draft={draft}
        onChange={(next) => {
          setDraft(next);
          setTouched(true);
        }}
        onSave={() => create.mutate()}
        action="Create the endpoint"
        isBusy={create.isPending}
        error={create.error}
      >
        <Button
          variant="default"
          onClick={() => void navigate({ to: '/t/$tenant/endpoints', params: { tenant: api.tenant } })}
        >
          Cancel
        </Button>
      </EndpointForm>
      {guard}
    </>
  );
}
