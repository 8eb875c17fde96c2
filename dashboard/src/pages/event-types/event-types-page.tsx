import { PageHeader } from '../../ui/page-header';

export function EventTypesPage() {
  return <PageHeader title="Event types" />;
}
