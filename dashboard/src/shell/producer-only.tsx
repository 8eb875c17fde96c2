import { Paper } from '@mantine/core';
import { IconSend } from '@tabler/icons-react';
import { useSession } from '../session/hooks';
import { EmptyState } from '../ui/empty-state';
import { ButtonLink } from '../ui/links';
import { PageHeader } from '../ui/page-header';

/** For keys that may publish and read nothing, at every address but that of the form. */
export function ProducerOnly() {
  const { who } = useSession();
  const command = `curl ${globalThis.location.origin}/api/v1/events \\
  -H "Authorization: Bearer $HOOKYARD_KEY" -H 'Content-Type: application/json' \\
  -d '{"event": "order.created", "data": {"id": 42}}'`;
  return (
    <>
      <PageHeader title="This key only publishes" />
      <Paper withBorder mt="md">
        <EmptyState
          icon={IconSend}
          title="The key works, and may see nothing here"
          command={command}
          {...(who.tenantId === null
            ? {}
            : {
                action: (
                  <ButtonLink to="/t/$tenant/publish" params={{ tenant: who.tenantId }}>
                    Publish an event
                  </ButtonLink>
                ),
              })}
        >
          “{who.keyName}” is a producer’s key: events are published with it, and nothing can be read with it.
          Sign in with a key of the role viewer, editor or admin to look around.
        </EmptyState>
      </Paper>
    </>
  );
}
