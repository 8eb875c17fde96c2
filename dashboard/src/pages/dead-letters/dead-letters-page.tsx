import { PageHeader } from '../../ui/page-header';

export function DeadLettersPage() {
  return <PageHeader title="Dead letters" />;
}
