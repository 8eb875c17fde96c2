import { PageHeader } from '../../ui/page-header';

export function AuditLogPage() {
  return <PageHeader title="Audit log" />;
}
