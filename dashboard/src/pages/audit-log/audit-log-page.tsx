import { Paper, Stack } from '@mantine/core';
import { useSession } from '../../session/hooks';
import { NoPermission } from '../../ui/no-permission';
import { PageHeader } from '../../ui/page-header';
import { AuditList } from './audit-list';

export function AuditLogPage() {
  const { can } = useSession();
  if (!can('audit')) {
    return (
      <Stack>
        <PageHeader title="Audit log" />
        <Paper withBorder>
          <NoPermission what="see the audit log" roles="an admin’s or an operator’s key" />
        </Paper>
      </Stack>
    );
  }
  return (
    <Stack gap="lg">
      <PageHeader title="Audit log">
        Every change and who made it, newest first. What is in a field is never told, only that it changed.
      </PageHeader>
      <AuditList />
    </Stack>
  );
}
