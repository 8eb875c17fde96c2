import { useApi } from '../../../api/use-api';
import { TextLink } from '../../../ui/links';

interface Props {
  id: string;
  children: React.ReactNode;
}

/** To a delivery's own page. */
export function DeliveryLink({ id, children }: Props) {
  const { tenant } = useApi();
  return (
    <TextLink to="/t/$tenant/deliveries/$deliveryId" params={{ tenant, deliveryId: id }}>
      {children}
    </TextLink>
  );
}
