import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { present, text } from '../../app/search';
import { tenantRoute } from '../../app/tenant-route';

const list = createRoute({
  getParentRoute: () => tenantRoute,
  path: 'deliveries',
  validateSearch: (search: Record<string, unknown>) => present({ status: text(search.status) }),
  component: lazyRouteComponent(() => import('./deliveries-page'), 'DeliveriesPage'),
});

export const deliveryRoutes = [list] as const;
