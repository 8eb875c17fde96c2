import { Button, Paper, Stack } from '@mantine/core';
import { IconKey, IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { useSession } from '../../session/hooks';
import { NoPermission } from '../../ui/no-permission';
import { PageHeader } from '../../ui/page-header';
import { KeyList } from './key-list';
import { MakeKey } from './make-key';

export function KeysPage() {
  const { can } = useSession();
  const [isMaking, setMaking] = useState(false);
  if (!can('manage-keys')) {
    return (
      <Stack>
        <PageHeader title="Keys" />
        <Paper withBorder>
          <NoPermission what="see or make keys" roles="an admin’s or an operator’s key" />
        </Paper>
      </Stack>
    );
  }
  const make = (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setMaking(true)}>
      Make a key
    </Button>
  );
  return (
    <Stack gap="lg">
      <PageHeader title="Keys" actions={make}>
        Whoever asks anything of Hookyard shows a key. Its role says what it may. Give each program and each
        person a key of their own, so that one can be revoked without the others.
      </PageHeader>
      <KeyList icon={IconKey} make={make} />
      <MakeKey opened={isMaking} onClose={() => setMaking(false)} />
    </Stack>
  );
}
