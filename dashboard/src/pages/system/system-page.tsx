import { PageHeader } from '../../ui/page-header';

export function SystemPage() {
  return <PageHeader title="System" />;
}
