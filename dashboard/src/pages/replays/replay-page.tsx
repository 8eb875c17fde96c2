import { PageHeader } from '../../ui/page-header';

export function ReplayPage() {
  return <PageHeader title="Replay" />;
}
