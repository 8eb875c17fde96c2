import { PageHeader } from '../../ui/page-header';

export function SourcesPage() {
  return <PageHeader title="Sources" />;
}
