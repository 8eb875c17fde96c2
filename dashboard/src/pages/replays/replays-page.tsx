import { PageHeader } from '../../ui/page-header';

export function ReplaysPage() {
  return <PageHeader title="Replays" />;
}
