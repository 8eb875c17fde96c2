import { Stack, Text } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import { useApi } from '../../api/use-api';
import { useSession } from '../../session/hooks';
import { inert } from '../../ui/inert';
import { TextLink } from '../../ui/links';
import { NoPermission } from '../../ui/no-permission';
import { PageHeader } from '../../ui/page-header';
import { PublishForm } from './publish-form';

const route = getRouteApi('/app/t/$tenant/publish');

export function PublishPage() {
  const { tenant } = useApi();
  const { who, can } = useSession();
  const isReader = can('read');
  const { event } = route.useSearch();
  return (
    <Stack>
      <PageHeader
        title="Publish an event"
        {...(isReader
          ? {
              above: (
                <TextLink to="/t/$tenant/events" params={{ tenant }} size="sm">
                  Events
                </TextLink>
              ),
            }
          : {})}
      >
        It goes to every endpoint that is subscribed to its type. What is sent at once cannot be taken back.
        {!isReader && (
          <Text size="sm" mt="xs" c="inherit">
            “{inert(who.keyName)}” is a producer’s key: it publishes, and sees nothing of what is here.
          </Text>
        )}
      </PageHeader>
      {can('publish') ? (
        <PublishForm event={event ?? ''} />
      ) : (
        <NoPermission what="publish events" roles="a producer, an editor or an admin" />
      )}
    </Stack>
  );
}
