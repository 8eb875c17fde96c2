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
  const to = { to: '/t/$tenant/deliveries/$deliveryId', params: { tenant, deliveryId: id } } as const;
  return isRow ? <RowLink {...to}>{children}</RowLink> : <TextLink {...to}>{children}</TextLink>;
}
