import { useApi } from '../../api/use-api';
import { TextLink } from '../../ui/links';

export function EndpointLink({ id, children }: { id: string; children: React.ReactNode }) {
  const { tenant } = useApi();
  const to: string = `/t/${tenant}/endpoints/${id}`;
  return <TextLink to={to}>{children}</TextLink>;
}
