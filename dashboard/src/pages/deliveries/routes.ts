import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { present, wholeNumber } from '../../app/search';
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
  // Which attempt is shown; the newest where none is named.
  validateSearch: (raw: Record<string, unknown>): { attempt?: number } =>
    present({ attempt: wholeNumber(raw.attempt, 1, 1_000_000) }),
  component: lazyRouteComponent(() => import('./delivery-page'), 'DeliveryPage'),
});

export const deliveryRoutes = [list, one] as const;
