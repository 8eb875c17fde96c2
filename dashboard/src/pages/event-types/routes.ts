import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { tenantRoute } from '../../app/tenant-route';

const list = createRoute({
  getParentRoute: () => tenantRoute,
  path: 'event-types',
  component: lazyRouteComponent(() => import('./event-types-page'), 'EventTypesPage'),
});

export const eventTypeRoutes = [list] as const;
