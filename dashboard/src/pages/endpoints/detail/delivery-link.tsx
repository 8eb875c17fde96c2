import { useApi } from '../../../api/use-api';
import { TextLink } from '../../../ui/links';
import { RowLink } from '../../../ui/row-link';

interface Props {
  id: string;
  children: React.ReactNode;
  isRow?: boolean;
}

/** To a delivery's own page. */
export function DeliveryLink({ id, children, isRow = false }: Props) {
  const { tenant } = useApi();
  const to: string = `/t/${tenant}/deliveries/${id}`;
  return isRow ? <RowLink to={to}>{children}</RowLink> : <TextLink to={to}>{children}</TextLink>;
}
