import { PageHeader } from '../../ui/page-header';

export function EndpointsPage() {
  return <PageHeader title="Endpoints" />;
}
