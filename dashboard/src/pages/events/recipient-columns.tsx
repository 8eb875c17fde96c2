import type { Delivery } from '../../api/types';
import type { Column } from '../../ui/data-table';
import { RowLink } from '../../ui/row-link';
import { Time } from '../../ui/time';
import { deliveryColumns } from '../deliveries/columns';
import { EndpointName } from '../deliveries/endpoint-names';

/** As of all deliveries, told apart by their endpoints: the event is always the same. */
export function recipientColumns(tenant: string): Column<Delivery>[] {
  const kept = deliveryColumns(tenant).filter(({ key }) => ['status', 'answer', 'attempts'].includes(key));
  return [
    {
      key: 'endpoint',
      header: 'Endpoint',
      cell: ({ id, webhookId }) => (
        <RowLink to="/t/$tenant/deliveries/$deliveryId" params={{ tenant, deliveryId: id }}>
          <EndpointName id={webhookId} />
        </RowLink>
      ),
    },
    ...kept,
    {
      key: 'delivered',
      header: 'Delivered',
      width: '9rem',
      cell: ({ deliveredAt }) => <Time at={deliveredAt} never="not yet" />,
    },
  ];
}
