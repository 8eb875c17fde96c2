import { Button, Paper, Stack } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { useSession } from '../../session/hooks';
import { NoPermission } from '../../ui/no-permission';
import { PageHeader } from '../../ui/page-header';
import { MakeTenant } from './tenant-dialogs';
import { TenantList } from './tenant-list';

export function TenantsPage() {
  const { can } = useSession();
  const [isMaking, setMaking] = useState(false);
  if (!can('manage-tenants')) {
    return (
      <Stack>
        <PageHeader title="Tenants" />
        <Paper withBorder>
          <NoPermission what="see or make tenants" roles="an operator’s key" />
        </Paper>
      </Stack>
    );
  }
  const make = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setMaking(true)}>
      Make a tenant
    </Button>
  );
  return (
    <Stack gap="lg">
      <PageHeader title="Tenants" actions={make}>
        Whose everything is: what belongs to one tenant never meets another’s. Choose one to look at it.
      </PageHeader>
      <TenantList make={make} />
      <MakeTenant opened={isMaking} onClose={() => setMaking(false)} />
    </Stack>
  );
}
