import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { tenantRoute } from '../../app/tenant-route';

const list = createRoute({
  getParentRoute: () => tenantRoute,
  path: 'deliveries',
  component: lazyRouteComponent(() => import('./deliveries-page'), 'DeliveriesPage'),
});

export const deliveryRoutes = [list] as const;
