import { PageHeader } from '../../ui/page-header';

export function TenantsPage() {
  return <PageHeader title="Tenants" />;
}
