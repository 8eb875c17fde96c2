import { Button, Stack } from '@mantine/core';
import { IconEdit } from '@tabler/icons-react';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { present } from '../../app/search';
import { useSession } from '../../session/hooks';
import { PageHeader } from '../../ui/page-header';
import { DescribeDialog } from './describe-dialog';
import { TypeList } from './type-list';

const route = getRouteApi('/app/t/$tenant/event-types');

export function EventTypesPage() {
  const { can } = useSession();
  const { type, cursor } = route.useSearch();
  const navigate = route.useNavigate();
  const [isNew, setNew] = useState(false);
  const mayWrite = can('write');
  const describe = mayWrite ? (
    <Button leftSection={<IconEdit size={16} aria-hidden />} onClick={() => setNew(true)}>
      Describe an event type
    </Button>
  ) : undefined;
  return (
    <Stack gap="lg">
      <PageHeader title="Event types" actions={describe}>
        What kinds of facts are published here: seen ones by themselves, with what somebody said of them.
        Endpoints choose from these.
      </PageHeader>
      <TypeList describe={describe} />
      {mayWrite && (
        <DescribeDialog
          type={isNew ? '' : (type ?? null)}
          onClose={() => {
            setNew(false);
            if (type !== undefined) void navigate({ search: present({ cursor }), replace: true });
          }}
        />
      )}
    </Stack>
  );
}
