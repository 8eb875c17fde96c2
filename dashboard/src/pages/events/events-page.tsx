import { PageHeader } from '../../ui/page-header';

export function EventsPage() {
  return <PageHeader title="Events" />;
}
