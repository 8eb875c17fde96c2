import { PageHeader } from '../../ui/page-header';

export function PublishPage() {
  return <PageHeader title="Publish" />;
}
