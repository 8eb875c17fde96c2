import { Stack } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import { useApi } from '../../api/use-api';
import { useSession } from '../../session/hooks';
import { TextLink } from '../../ui/links';
import { NoPermission } from '../../ui/no-permission';
import { PageHeader } from '../../ui/page-header';
import { PublishForm } from './publish-form';

const route = getRouteApi('/app/t/$tenant/publish');

export function PublishPage() {
  const { tenant } = useApi();
  const { can } = useSession();
  const { event } = route.useSearch();
  return (
    <Stack>
      <PageHeader
        title="Publish an event"
        above={
          <TextLink to="/t/$tenant/events" params={{ tenant }} size="sm">
            Events
          </TextLink>
        }
      >
        It is owed at once to every endpoint that is subscribed to its type; nobody can take it back.
      </PageHeader>
      {can('publish') ? (
        <PublishForm event={event ?? ''} />
      ) : (
        <NoPermission what="publish events" roles="a producer, an editor or an admin" />
      )}
    </Stack>
  );
}
