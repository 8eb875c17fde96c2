import { PageHeader } from '../../ui/page-header';

export function EventPage() {
  return <PageHeader title="Event" />;
}
