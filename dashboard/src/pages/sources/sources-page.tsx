import { Button, Stack } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { useApi } from '../../api/use-api';
import { useSession } from '../../session/hooks';
import { TextLink } from '../../ui/links';
import { PageHeader } from '../../ui/page-header';
import { MakeSource } from './source-dialogs';
import { SourceList } from './source-list';

export function SourcesPage() {
  const { can } = useSession();
  const { tenant } = useApi();
  const [isMaking, setMaking] = useState(false);
  const make = can('write') ? (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setMaking(true)}>
      Make a source
    </Button>
  ) : undefined;
  return (
    <Stack gap="lg">
      <PageHeader title="Sources" actions={make}>
        Somebody else whose webhooks come in, and become events here. What came from a broker and could not be
        mapped is{' '}
        <TextLink to="/t/$tenant/unroutable" params={{ tenant }} inherit underline="always">
          unroutable
        </TextLink>
        .
      </PageHeader>
      <SourceList make={make} />
      {can('write') && <MakeSource opened={isMaking} onClose={() => setMaking(false)} />}
    </Stack>
  );
}
