import { Button } from '@mantine/core';
import { IconPlus, IconSearchOff, IconWebhook } from '@tabler/icons-react';
import { useParams } from '@tanstack/react-router';
import { useSession } from '../../session/hooks';
import { EmptyState } from '../../ui/empty-state';
import { ButtonLink } from '../../ui/links';

/** The first thing that somebody with an empty tenant sees of endpoints. */
export function NoEndpoints() {
  const { can, isOperator } = useSession();
  const { tenant } = useParams({ strict: false });
  const origin = globalThis.location.origin;
  const command = [
    `curl ${origin}/api/v1/webhooks`,
    `-H "Authorization: Bearer $HOOKYARD_KEY"`,
    ...(isOperator ? [`-H 'X-Tenant-Id: ${tenant ?? ''}'`] : []),
    `-H 'Content-Type: application/json'`,
    `-d '{"name": "Orders", "url": "https://example.com/hook", "events": ["order.*"]}'`,
  ].join(' \\\n  ');
  return (
    <EmptyState
      icon={IconWebhook}
      title="No endpoints yet"
      action={
        can('write') && (
          <ButtonLink
            to="/t/$tenant/endpoints/new"
            params={{ tenant: tenant ?? '' }}
            leftSection={<IconPlus size={18} aria-hidden />}
          >
            Create the first endpoint
          </ButtonLink>
        )
      }
      {...(can('write') ? { command } : {})}
    >
      An endpoint is a URL that events are sent to, signed with a secret of its own. It says which event types
      it wants, how fast it may be sent to and how often a delivery is tried again. From then on every event
      that matches is owed to it.
    </EmptyState>
  );
}

export function NothingFound({ onClear, isMore }: { onClear: () => void; isMore: boolean }) {
  return (
    <EmptyState
      icon={IconSearchOff}
      title="No endpoint is like this"
      action={
        <Button variant="default" onClick={onClear}>
          Show all endpoints
        </Button>
      }
    >
      {isMore
        ? 'None among those that were looked at; there are more on the next page.'
        : 'Search looks in names and URLs. An event finds the endpoints that are told of events of this type.'}
    </EmptyState>
  );
}
