import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { tenantRoute } from '../../app/tenant-route';
import { readDeliverySearch } from './search';

const list = createRoute({
  getParentRoute: () => tenantRoute,
  path: 'deliveries',
  validateSearch: readDeliverySearch,
  component: lazyRouteComponent(() => import('./deliveries-page'), 'DeliveriesPage'),
});

const one = createRoute({
  getParentRoute: () => tenantRoute,
  path: 'deliveries/$deliveryId',
  component: lazyRouteComponent(() => import('./delivery-page'), 'DeliveryPage'),
});

export const deliveryRoutes = [list, one] as const;
