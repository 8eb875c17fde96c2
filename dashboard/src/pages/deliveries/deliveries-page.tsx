import { PageHeader } from '../../ui/page-header';

export function DeliveriesPage() {
  return <PageHeader title="Deliveries" />;
}
